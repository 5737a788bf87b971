/** The rules of nova's cells: which there are, which have a node of their own, and whose hypervisors belong to which. */
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import { isHypervisor, type NamedGroup } from './check-groups.ts';

function cellOf({ fields }: NamedGroup): unknown {
  return fields['cell'] ?? 1;
}

function childrenIn(groups: readonly NamedGroup[]): readonly NamedGroup[] {
  return groups.filter(({ role }) => role.name === 'child-cell');
}

/** Cells exist as far as they are counted (devstack.md section 1.7). */
function checkNumber({ name, fields }: NamedGroup, count: unknown, report: ReportProblem): void {
  const { cell } = fields;
  if (typeof cell !== 'number' || typeof count !== 'number' || cell <= count) return;
  const fix = `choose a lower one, or cells: {count: ${cell}}`;
  report('roles', ['groups', name, 'cell'], `cell ${cell} of ${count}`, fix);
}

/** Nodes that are no hypervisors are told neither of a cell nor of what to pretend. */
function checkPlain({ name, fields }: NamedGroup, report: ReportProblem): void {
  const fix = 'remove it, or make the nodes hypervisors';
  if (fields['cell'] !== undefined)
    report('roles', ['groups', name, 'cell'], 'only hypervisors and child-cell nodes belong to a cell', fix);
}

function checkFakes({ name, fields }: NamedGroup, report: ReportProblem): void {
  if (typeof fields['fake_hypervisors'] !== 'number') return;
  const fix = 'remove it, or make the nodes hypervisors';
  report('roles', ['groups', name, 'fake_hypervisors'], 'the nodes of this group are no hypervisors', fix);
}

/** A child-cell node hosts one cell, alone, and never the first (devstack.md section 1.8). */
function checkChild(child: NamedGroup, children: readonly NamedGroup[], report: ReportProblem): void {
  const path = ['groups', child.name];
  const cell = cellOf(child);
  if (child.count !== 1) {
    const fix = 'count: 1, and a group for each other cell';
    report('roles', [...path, 'count'], `one node hosts a cell, not ${child.count}`, fix);
  }
  if (cell === 1) {
    const place = child.fields['cell'] === undefined ? path : [...path, 'cell'];
    const message = 'cell 1 is always hosted by the node with the APIs: nova wants one there';
    report('roles', place, message, 'cell: 2 or higher');
    return;
  }
  const first = children.find((other) => cellOf(other) === cell);
  if (first === undefined || first === child) return;
  report('roles', [...path, 'cell'], `cell ${String(cell)} is hosted by ${first.name} already`, 'choose another');
}

/** DevStack makes the cells of the node with the APIs from 1 on: those with nodes of their own have the highest numbers. */
function checkGaps(children: readonly NamedGroup[], count: unknown, report: ReportProblem): void {
  const own = new Set(children.map(cellOf));
  for (const child of children) {
    const cell = cellOf(child);
    if (typeof cell !== 'number' || typeof count !== 'number' || cell < 2 || cell >= count || own.has(cell + 1))
      continue;
    const message = `cell ${cell + 1} has no node of its own, but cell ${cell} has: those that have one come last`;
    report('roles', ['groups', child.name, 'cell'], message, 'number the cells with child-cell nodes highest');
  }
}

/** What belongs to a cell with its own message queue must not be told to ask it for what is not there. */
function checkMembers(groups: readonly NamedGroup[], report: ReportProblem): void {
  const children = childrenIn(groups);
  for (const group of groups) {
    const child = children.find((one) => cellOf(one) === cellOf(group) && cellOf(one) !== 1);
    if (child === undefined) continue;
    const path = ['groups', group.name];
    if (group.role.hasApi && isHypervisor(group)) {
      const message = `${child.name} hosts cell ${String(cellOf(group))}, and a node with the APIs is in a cell that it hosts itself`;
      report('roles', [...path, 'cell'], message, 'choose another cell, or compute: false');
    }
    const { add } = fieldsOf(group.fields['services']);
    const lost = (Array.isArray(add) ? add : []).findIndex((one) => typeof one === 'string' && one.startsWith('c-'));
    if (lost < 0) continue;
    const message = `cinder's services would look for each other in the message queue of ${child.name}, which is nova's alone`;
    report('roles', [...path, 'services', 'add', lost], message, 'remove it, or add it to nodes of a cell without one');
  }
}

/** Every broken rule of cells in a layout as it was said; `groups` are those with a readable role. */
export function checkCells(
  groups: readonly NamedGroup[],
  layout: Readonly<Record<string, unknown>>,
  report: ReportProblem,
): void {
  const count = fieldsOf(layout['cells'])['count'] ?? 1;
  const children = childrenIn(groups);
  for (const group of groups) {
    const isChild = group.role.name === 'child-cell';
    if (isChild) checkChild(group, children, report);
    if (isChild || isHypervisor(group)) checkNumber(group, count, report);
    else checkPlain(group, report);
    if (!isHypervisor(group)) checkFakes(group, report);
  }
  checkGaps(children, count, report);
  checkMembers(groups, report);
  if (children.length > 0 && fieldsOf(layout['network'])['backend'] === 'ovs') {
    const message = 'Open vSwitch agents in a cell with its own message queue would ask that one';
    report('roles', ['network', 'backend'], message, 'backend: ovn, or cells without child-cell nodes');
  }
}
