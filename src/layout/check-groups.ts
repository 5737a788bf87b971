/** The rules that groups keep together: which roles a cluster has, how many of each, and what its hypervisors are called. */
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import { ROLE_NAMES, roleNamed } from '../roles/index.ts';
import type { Role } from '../roles/role.ts';
import { hypervisorNames, nodeName } from './nodes.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A group whose role could be read. */
export interface NamedGroup {
  readonly name: string;
  readonly fields: Fields;
  readonly role: Role;
  readonly count: number;
}

export function readGroup(name: string, fields: Fields): NamedGroup | null {
  const role = ROLE_NAMES.find((known) => known === fields['role']);
  if (role === undefined) return null;
  const count = fields['count'] ?? 1;
  return {
    name,
    fields,
    role: roleNamed(role),
    // A count that is no number is the schema's to report; here it must not hide other problems.
    count: typeof count === 'number' && count >= 0 && count <= 1000 ? Math.floor(count) : 1,
  };
}

export function isHypervisor({ role, fields }: NamedGroup): boolean {
  return role.hypervisor === 'always' || (role.hypervisor === 'by-layout' && fields['compute'] === true);
}

function countOf(groups: readonly NamedGroup[], isMeant: (group: NamedGroup) => boolean): number {
  return groups.filter(isMeant).reduce((sum, { count }) => sum + count, 0);
}

function checkCompute({ name, role, fields }: NamedGroup, report: ReportProblem): void {
  const path = ['groups', name, 'compute'];
  if (role.hypervisor === 'always' && fields['compute'] === false) {
    report('roles', path, `${role.name} nodes are hypervisors`, 'remove it, or use role: controller');
  }
  if (role.hypervisor === 'never' && fields['compute'] === true) {
    report('roles', path, `${role.name} nodes are no hypervisors`, 'remove it, or add a group with role: compute');
  }
}

/** The database and the message queue have nodes of their own where the APIs have one: all three, or none. */
function checkSplit(groups: readonly NamedGroup[], report: ReportProblem): void {
  const api = groups.find(({ role }) => role.name === 'api');
  for (const name of ['database', 'messaging'] as const) {
    const own = groups.filter(({ role }) => role.name === name);
    const found = countOf(own, () => true);
    if (api !== undefined && found !== 1) {
      const fix = found === 0 ? `add a group with role: ${name}, or use role: controller` : 'keep one, with count: 1';
      report('roles', ['groups'], `role: api needs exactly one node with role: ${name}, found ${found}`, fix);
    } else if (api === undefined && own[0] !== undefined) {
      const path = ['groups', own[0].name, 'role'];
      report('roles', path, `role: ${name} serves a node with role: api only`, 'use role: api for the controller');
    }
  }
}

/**
 * Routers of network nodes reach the public network's gateway, which is on the node with the APIs, over the overlay; nothing else
 * between servers carries frames of addresses that the cloud does not know.
 */
function checkNetworkNodes(groups: readonly NamedGroup[], network: unknown, report: ReportProblem): void {
  const first = groups.find(({ role, count }) => role.name === 'network' && count > 0);
  if (first === undefined || fieldsOf(network)['overlay'] === true) return;
  report(
    'roles',
    ['groups', first.name, 'role'],
    'role: network needs an overlay: over it floating IPs reach the node with the APIs',
    'set network: {overlay: true}',
  );
}

function checkRoles(groups: readonly NamedGroup[], report: ReportProblem): void {
  const path = ['groups'];
  const found = countOf(groups, ({ role }) => role.hasApi);
  if (found !== 1) {
    const fix = found === 0 ? 'add a group: controller: {role: controller}' : 'keep one, with count: 1';
    report('roles', path, `exactly one controller, found ${found}`, fix);
  }
  if (groups.some(({ role }) => role.name === 'allinone') && groups.length > 1) {
    report('roles', path, 'allinone stands alone', 'use role: controller with compute: true beside other groups');
  }
  checkSplit(groups, report);
  if (found === 1 && countOf(groups, isHypervisor) === 0) {
    report('roles', path, 'no hypervisor', 'add a group with role: compute, or compute: true to the controller');
  }
}

/** Fake hypervisors have names of a node's name and a number, which may be another's. */
function checkHypervisorNames(groups: readonly NamedGroup[], report: ReportProblem): void {
  const owners = new Set<string>();
  // That there is one node of other roles is told elsewhere.
  const named = groups.filter(({ role, count }) => role.name === 'compute' || count === 1);
  for (const group of named.filter(isHypervisor)) {
    const { fake_hypervisors: said } = group.fields;
    const fakeHypervisors = typeof said === 'number' && said <= 1000 ? said : null;
    const node = { name: group.name, role: group.role.name };
    const names = Array.from({ length: group.count }, (_, index) =>
      hypervisorNames({ name: nodeName(node, index + 1), isHypervisor: true, fakeHypervisors }),
    ).flat();
    const twice = names.find((name, index) => owners.has(name) || names.indexOf(name) < index);
    for (const name of names) owners.add(name);
    if (twice === undefined) continue;
    const path = ['groups', group.name, ...(fakeHypervisors === null ? [] : ['fake_hypervisors'])];
    report('duplicate-name', path, `two hypervisors would be called ${twice}`, 'fewer than 10 on each node of a group');
  }
}

/** `groups` are those with a readable role; `isWhole` tells that there is no other, so that what is missing can be told. */
export function checkGroups(
  groups: readonly NamedGroup[],
  network: unknown,
  isWhole: boolean,
  report: ReportProblem,
): void {
  for (const group of groups) checkCompute(group, report);
  if (isWhole) checkRoles(groups, report);
  checkNetworkNodes(groups, network, report);
  checkHypervisorNames(groups, report);
}
