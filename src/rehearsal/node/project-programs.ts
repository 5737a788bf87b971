/** Where the projects of a rehearsed node came from: their checkouts as stack.sh leaves them. */
import { createHash } from 'node:crypto';
import { hasDone } from './job-kinds.ts';
import { lasting, says } from './program-parts.ts';
import { localrcOn } from './stacked-cloud.ts';
import type { Program, ProgramCall, ProgramTable } from './view.ts';

/** What DevStack clones where one of these services runs. */
const PROJECTS: readonly (readonly [string, RegExp])[] = [
  ['cinder', /^c-/],
  ['glance', /^g-/],
  ['horizon', /^horizon$/],
  ['keystone', /^key$/],
  ['neutron', /^(q|neutron)-/],
  ['nova', /^n-/],
  ['placement', /^placement-api$/],
  ['requirements', /./],
  ['tempest', /^tempest$/],
];

/** A commit is what local.conf pinned, or the same everywhere for a project's name. */
function readCommits(call: ProgramCall): Program {
  if (!hasDone(call.view, 'run-stack')) return says([], 100);
  const { assignments, services } = localrcOn(call.view);
  const base = assignments['GIT_BASE'] ?? 'https://opendev.org';
  const lines = PROJECTS.filter(([, needs]) => services.some((service) => needs.test(service))).map(([name]) => {
    const pinned = assignments[`${name.toUpperCase()}_BRANCH`] ?? '';
    const commit = /^[0-9a-f]{40}$/.test(pinned) ? pinned : createHash('sha1').update(name).digest('hex');
    return `commit=${name} ${commit} ${base}/openstack/${name}.git`;
  });
  return says(lines, lasting(call, 300, 900));
}

export const PROJECT_PROGRAMS: ProgramTable = { 'read-commits': readCommits };
