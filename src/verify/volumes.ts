/** Check `volumes`: cinder's planned services are up, and a volume can be made. */
import { type Check, judged, notKnown, type Problem } from './check.ts';
import type { Expectation, ExpectedNode } from './expectation.ts';
import type { Volume, VolumeService } from './facts.ts';
import { lastLine } from './guests.ts';

/** cinder's binaries by the service of DevStack that starts them on a node. */
const BINARIES: readonly (readonly [string, string])[] = [
  ['c-sch', 'cinder-scheduler'],
  ['c-vol', 'cinder-volume'],
  ['c-bak', 'cinder-backup'],
];

/** Whether volumes can be asked for at all. */
export function hasVolumes({ nodes }: Pick<Expectation, 'nodes'>): boolean {
  return ['c-api', 'c-vol'].every((service) => nodes.some(({ services }) => services.has(service)));
}

function serviceProblems(node: ExpectedNode, listed: readonly VolumeService[]): readonly Problem[] {
  return BINARIES.flatMap(([service, binary]) => {
    if (!node.services.has(service)) return [];
    const own = listed.filter((each) => each.binary === binary && each.host.split('@')[0] === node.name);
    const unit = `look at its unit: sudo systemctl status devstack@${service} on ${node.name}`;
    if (own.length === 0) return [{ what: `cinder knows no ${binary} on ${node.name}`, cure: unit }];
    return own.flatMap(({ host, status, state }) => {
      if (status !== 'enabled')
        return [
          {
            what: `${binary} on ${host} is ${status}`,
            cure: `openstack volume service set --enable ${host} ${binary}`,
          },
        ];
      return state === 'up' ? [] : [{ what: `${binary} on ${host} is ${state}`, cure: unit }];
    });
  });
}

function volumeProblem({ status, error }: Volume): Problem | null {
  if (status === 'available') return null;
  const why = lastLine(error);
  const what = status === '' ? `no volume could be made${why === '' ? '' : `: ${why}`}` : `a new volume is ${status}`;
  return { what, cure: 'read journalctl -u devstack@c-vol and devstack@c-sch' };
}

export const volumes: Check = {
  name: 'volumes',
  summary: "cinder's services are up, and a volume is made and taken away",
  asks: ['volume-services'],
  guests: 'volume',
  whySkipped: (expected) => (hasVolumes(expected) ? null : 'the layout has no volumes'),
  judge(facts, { nodes }) {
    const { volumeServices: listed, guests } = facts;
    if ('unknown' in listed) return [notKnown(volumes, null, listed.unknown)];
    if ('unknown' in guests) return [notKnown(volumes, null, guests.unknown)];
    const { volume } = guests.known;
    const tried = volume === null ? { what: 'no volume was tried', cure: 'verify again' } : volumeProblem(volume);
    const problems = [
      ...nodes.flatMap((node) => serviceProblems(node, listed.known)),
      ...(tried === null ? [] : [tried]),
    ];
    const evidence = listed.known.map(({ binary, host, status, state }) => `${binary} on ${host}: ${status}, ${state}`);
    const good = `${listed.known.length} services are up, and a volume could be made`;
    return [judged(volumes, null, problems, good, evidence)];
  },
};
