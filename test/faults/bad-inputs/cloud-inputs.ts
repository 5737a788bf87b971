/** What the cloud has not, refuses or does wrong, rows 22 to 37. */
import type { TestContext } from 'vitest';
import type { Cloud, Mark } from '../../../src/cloud/cloud.ts';
import { serverName } from '../../../src/cloud/resource-names.ts';
import { stateOf } from '../../../src/rehearsal/server-life.ts';
import type { Ended } from '../../support/run-builder.ts';
import type { BadInput } from './bad-input.ts';
import { CREATE, CREATE_SMALL, openBuiltScene, openScene, type Scene } from './scene.ts';
import { openServedCloud, serveBent } from './served-cloud.ts';

type Provoke = BadInput['provoke'];

const never = new AbortController().signal;

function plan(...words: readonly string[]): Provoke {
  return async (context) => await openScene(context).run(...CREATE_SMALL, '--dry-run', ...words);
}

/** Builds the smallest cluster on a cloud with these faults. */
function createWith(rules: readonly string[], ...words: readonly string[]): Provoke {
  return async (context) => {
    const scene = openScene(context);
    return await scene.run(...CREATE_SMALL, ...scene.faults(...rules), ...words);
  };
}

/** The same, with nothing made twice. */
function createOnce(...rules: readonly string[]): Provoke {
  return async (context) => {
    const scene = openScene(context);
    const ended = await scene.run(...CREATE_SMALL, ...scene.faults(...rules));
    context.expect(scene.countMade('server')).toBe(1);
    return ended;
  };
}

async function planWithTwinImages(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const environment = await serveBent(context, scene.state, (path, body) =>
    path.startsWith('/image/') ? body.replaceAll('ubuntu-24.04-noble', 'debian-12-genericcloud') : body,
  );
  const words = ['--layout', 'all-in-one', '--branch', 'c'.repeat(40), '--image', 'debian-12-genericcloud'];
  return await scene.runWith(environment, 'create', '--dry-run', ...words);
}

async function planWithQuota(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const script = scene.file('quota.yaml', 'version: 1\nquotas: {cores: 2}\n');
  return await scene.run(...CREATE, '--dry-run', '--rehearsal-faults', script);
}

/** Makes a server as nobody would: on a port of Nova's, like the cluster's own, with this name and mark. */
async function plantServer(context: TestContext, scene: Scene, name: string, mark: Mark): Promise<void> {
  const cloud: Cloud = await openServedCloud(context, scene.state);
  const [image, flavor] = [(await cloud.listImages(never))[0], (await cloud.listFlavors(never)).at(-1)];
  const network = (await cloud.listNetworks(never)).find((candidate) => candidate.name === 'private');
  const port = await cloud.createPort(
    {
      name: 'planted',
      networkId: network?.id ?? '',
      subnetId: null,
      macAddress: null,
      securityGroupIds: [],
      mark: { ...mark, cluster: 'x'.repeat(26) },
    },
    never,
  );
  await cloud.createServer(
    {
      name,
      imageId: image?.id ?? '',
      flavorId: flavor?.id ?? '',
      portId: port.id,
      zone: null,
      keyName: null,
      userData: '',
      mark,
    },
    never,
  );
}

async function createBesideNamesake(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const mark = { cluster: 'z'.repeat(26), key: 'create-server/controller', generation: 1, nonce: 'planted', epoch: 1 };
  await plantServer(context, scene, serverName('devstack', 'controller', 1), mark);
  return await scene.run(...CREATE_SMALL);
}

async function createBesideTwin(context: TestContext): Promise<Ended> {
  const scene = await openBuiltScene(context);
  const [own] = scene.world().server.values();
  const mark = {
    cluster: own?.metadata['dsb_cluster'] ?? '',
    key: own?.metadata['dsb_key'] ?? '',
    generation: 1,
    // Of a request of ours that a network delivered twice.
    nonce: own?.metadata['dsb_nonce'] ?? '',
    epoch: 1,
  };
  await plantServer(context, scene, own?.name ?? '', mark);
  const ended = await scene.run(...CREATE_SMALL);
  const left = [...scene.world().server.values()].filter((server) => stateOf(server, Infinity).status !== 'GONE');
  context.expect(left.map(({ id }) => id)).toEqual([own?.id]);
  return ended;
}

export const CLOUD_INPUTS: readonly BadInput[] = [
  {
    row: 22,
    how: 'MAC of ports',
    says: /W3010 no-mac-policy: .*guarded by its mark only$/,
    exit: 0,
    provoke: createWith(['on: create-port, status: 403']),
  },
  {
    row: 23,
    how: 'missing',
    says: /^error E2100 image-not-found: no image "noble"$/,
    fix: /^choose one of: .*ubuntu-24\.04-noble/,
    exit: 2,
    provoke: plan('--image', 'noble'),
  },
  {
    row: 23,
    how: 'two of one name',
    says: /^error E2101 image-ambiguous: 2 images "debian-12-genericcloud"$/,
    fix: /^use an id: [0-9a-f-]{36}, [0-9a-f-]{36}$/,
    exit: 2,
    provoke: planWithTwinImages,
  },
  {
    row: 24,
    how: 'of a branch, as the image tells',
    says: /^error E2102 distro: image "ubuntu-24\.04-noble" holds ubuntu 24\.04; DevStack unmaintained\/2024\.1 supports /,
    fix: /^choose another image, or --branch master; or pass --force if you know better$/,
    exit: 4,
    provoke: plan('--image', 'ubuntu-24.04-noble', '--branch', 'unmaintained/2024.1'),
  },
  {
    row: 24,
    how: 'CirrOS, of which only the server tells',
    says: /^error E2102 distro: controller runs cirros 0\.6\.3; DevStack stable\/2026\.1 supports /,
    fix: /^choose another image: \.\/builder destroy, then create it anew$/,
    exit: 4,
    provoke: createWith([], '--image', 'cirros-0.6.3'),
  },
  {
    row: 25,
    how: 'missing',
    says: /^error E2104 flavor-not-found: no flavor "m1\.hge"$/,
    fix: /^choose one of: .*m1\.large/,
    exit: 2,
    provoke: plan('--flavor', 'm1.hge'),
  },
  {
    row: 25,
    how: 'too small',
    says: /^error E2103 flavor-small: flavor m1\.small has .*2 GiB of memory, an? allinone needs \d+ GiB/,
    fix: /^choose a larger flavor/,
    exit: 2,
    provoke: plan('--flavor', 'm1.small'),
  },
  {
    row: 26,
    how: 'cores',
    says: /^error E4001 quota: cores need \d+, free 2 of 2$/,
    fix: /^raise the quota, remove something, or choose fewer or smaller nodes$/,
    exit: 4,
    provoke: planWithQuota,
  },
  ...['create-floating-ip', 'create-server'].map((operation) => ({
    row: 27,
    how: operation,
    says: /^error E4002 quota-reached: .*[Qq]uota exceeded/,
    fix: /^ask for a larger quota or remove something, then run the same command again$/,
    exit: 4,
    provoke: createWith([`on: ${operation}, quota: exceeded, times: always`]),
  })),
  {
    row: 28,
    how: 'Retry-After: 2',
    says: /cluster +waiting 2 s: Nova asks us to slow down$/,
    exit: 0,
    provoke: createOnce('on: create-server, status: 429, retry_after: "2"'),
  },
  ...['Fri, 31 Dec 1999 23:59:59 GMT', 'soon'].map((wait) => ({
    row: 28,
    how: `Retry-After: ${wait}`,
    says: /is ready/,
    exit: 0,
    provoke: createOnce(`on: create-server, status: 429, retry_after: "${wait}"`),
  })),
  {
    row: 29,
    how: '503, though the server was made',
    says: /create the server … found, adopted/,
    exit: 0,
    provoke: createOnce('on: create-server, status: 503, effect: true'),
  },
  {
    row: 29,
    how: 'no answer, though the server was made',
    says: /create the server … found, adopted/,
    exit: 0,
    provoke: createOnce('on: create-server, reply: lost'),
  },
  {
    row: 30,
    how: 'servers are counted, but not listed',
    says: /^error E4003 blind-list: in doubt: the cloud's lists cannot be believed: Nova lists 0 servers, but counts 1$/,
    fix: /^look again: \.\/builder resolve devstack$/,
    exit: 75,
    async provoke(context) {
      const scene = openScene(context);
      const faults = scene.faults(
        'on: create-server, reply: lost',
        'on: list-servers, of: controller, times: always, omit: true',
      );
      const ended = await scene.run(...CREATE_SMALL, ...faults, '--settle', '1');
      context.expect(scene.countMade('server')).toBe(1);
      return ended;
    },
  },
  {
    row: 31,
    how: 'a twin of a finished server',
    says: /W4004 surplus: removing the duplicate server dsb-devstack-controller-g1 \([0-9a-f-]{36}\)$/,
    exit: 0,
    provoke: createBesideTwin,
  },
  {
    row: 32,
    how: 'of another cluster',
    says: /^error E10001 name-clash: server "dsb-devstack-controller-g1" \([0-9a-f-]{36}\) belongs to cluster z+$/,
    fix: /^choose another name for the cluster: \.\/builder create NAME; if its state was lost: \.\/builder recover$/,
    exit: 10,
    provoke: createBesideNamesake,
  },
  {
    row: 33,
    how: 'every time',
    says: /^error E4005 no-capacity: controller: the server is ERROR: No valid host was found/,
    fix: /^choose a smaller flavor or another zone/,
    exit: 5,
    provoke: createWith(['on: create-server, times: always, error: No valid host was found']),
  },
  {
    row: 36,
    how: 'Nova answers 503 for some seconds',
    says: /cluster +waiting: Nova unreachable since \d\d:\d\d$/,
    exit: 0,
    provoke: createOnce('on: list-servers, from: 3, times: 3, status: 503, retry_after: "2"'),
  },
  {
    row: 37,
    how: 'HTML for the list of flavors',
    says: /^error E4008 bad-answer: the cloud's answer \(text\/html.*\) cannot be understood/,
    fix: /^check the address of the service; run the same command again$/,
    exit: 75,
    provoke: createWith(['on: list-flavors, times: always, reply: html']),
  },
  {
    row: 37,
    how: 'an empty answer',
    says: /^error E4008 bad-answer: /,
    fix: /^check the address of the service; run the same command again$/,
    exit: 75,
    provoke: createWith(['on: list-flavors, times: always, reply: empty']),
  },
];
