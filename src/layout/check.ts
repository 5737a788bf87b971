/** The rules a layout must keep as a whole: names, localrc keys, services, ranges, and those of its groups. */
import ipaddr from 'ipaddr.js';
import { showWord } from '../document/near-miss.ts';
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import { checkCells } from './check-cells.ts';
import { checkConfig } from './check-config.ts';
import { checkGroups, type NamedGroup, readGroup } from './check-groups.ts';
import { checkChanges, checkPlugins } from './check-projects.ts';
import { checkLocalrc, checkServices } from './check-settings.ts';
import { checkUserParts } from './check-user-parts.ts';
import { nodeName } from './nodes.ts';
import { nodesInRange } from './overlay.ts';
import { rangesOverlap } from './ranges.ts';
import { NAME } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the schema's defaults are where nothing is said. */
export type DefaultRanges = Readonly<Record<'fixed_range' | 'floating_range' | 'overlay_range', string>>;

function checkRanges(network: Fields, defaults: DefaultRanges, report: ReportProblem): void {
  const isRange = (value: unknown): value is string =>
    typeof value === 'string' && ipaddr.IPv4.isValidCIDRFourPartDecimal(value);
  const check = (one: keyof DefaultRanges, other: keyof DefaultRanges): void => {
    const [left, right] = [network[one] ?? defaults[one], network[other] ?? defaults[other]];
    if (!isRange(left) || !isRange(right) || !rangesOverlap(left, right)) return;
    const path = ['network', one in network ? one : other];
    report('cidr-overlap', path, `${one} ${left} and ${other} ${right} overlap`, 'choose disjoint networks');
  };
  check('fixed_range', 'floating_range');
  if (network['overlay'] !== true) return;
  check('overlay_range', 'fixed_range');
  check('overlay_range', 'floating_range');
}

/** Every node has an address on the overlay. */
function checkOverlayRoom(
  network: Fields,
  defaults: DefaultRanges,
  groups: readonly NamedGroup[],
  report: ReportProblem,
): void {
  const range = network['overlay_range'] ?? defaults.overlay_range;
  if (network['overlay'] !== true || typeof range !== 'string' || !ipaddr.IPv4.isValidCIDRFourPartDecimal(range))
    return;
  const nodes = groups.reduce((sum, { count }) => sum + count, 0);
  const room = nodesInRange(range);
  if (nodes <= room) return;
  const path = ['network', 'overlay_range' in network ? 'overlay_range' : 'overlay'];
  report(
    'bad-value',
    path,
    `overlay_range ${range} has room for ${room} nodes, not for ${nodes}`,
    'choose a wider one',
  );
}

function checkGroup(name: string, fields: Fields, report: ReportProblem): void {
  const path = ['groups', name];
  if (!NAME.test(name) || name === 'localhost') {
    report(
      'bad-name',
      path,
      `${showWord(name)} is not a name for servers`,
      'letters a-z, digits and "-", at most 32',
      true,
    );
  }
  checkLocalrc(fields['localrc'], [...path, 'localrc'], report);
  checkServices(fields['services'], [...path, 'services'], report);
  checkConfig(fields['config'], [...path, 'config'], report);
}

function checkNodeNames(groups: readonly NamedGroup[], report: ReportProblem): void {
  const owners = new Map<string, string>();
  for (const group of groups) {
    for (let index = 1; index <= group.count; index += 1) {
      // Names are compared as name resolution does it, without case.
      const name = nodeName({ name: group.name, role: group.role.name }, index).toLowerCase();
      const owner = owners.get(name);
      if (owner !== undefined && owner !== group.name) {
        report(
          'duplicate-name',
          ['groups', group.name],
          `${showWord(name)} is also a node of group ${owner}`,
          'rename one',
          true,
        );
      }
      owners.set(name, group.name);
    }
  }
}

/** Proxies are named in one place: the list of what needs none is made of the nodes there. */
function checkProxies(layout: Fields, report: ReportProblem): void {
  if (fieldsOf(layout['mirrors'])['proxy'] === undefined) return;
  const places = [
    { path: ['localrc'], localrc: layout['localrc'] },
    ...Object.entries(fieldsOf(layout['groups'])).map(([name, group]) => ({
      path: ['groups', name, 'localrc'],
      localrc: fieldsOf(group)['localrc'],
    })),
  ];
  for (const { path, localrc } of places) {
    for (const key of ['http_proxy', 'https_proxy', 'no_proxy'].filter((each) => each in fieldsOf(localrc)))
      report('bad-value', [...path, key], `${key} is said by mirrors.proxy too`, 'keep mirrors.proxy', true);
  }
}

/** Reports every broken rule of a layout as it was said; wrong kinds of values are the schema's business. */
export function checkLayout(said: unknown, defaults: DefaultRanges, report: ReportProblem): void {
  const layout = fieldsOf(said);
  checkLocalrc(layout['localrc'], ['localrc'], report);
  checkServices(layout['services'], ['services'], report);
  checkConfig(layout['config'], ['config'], report);
  checkPlugins(layout, report);
  checkChanges(layout, report);
  checkProxies(layout, report);
  checkUserParts(layout, report);
  checkRanges(fieldsOf(layout['network']), defaults, report);
  const entries = Object.entries(fieldsOf(layout['groups']));
  for (const [name, fields] of entries) checkGroup(name, fieldsOf(fields), report);
  const groups = entries.map(([name, fields]) => readGroup(name, fieldsOf(fields))).filter((group) => group !== null);
  // A group without a readable role could be the missing controller: then nothing can be said about roles.
  const isWhole = groups.length === entries.length && 'groups' in layout;
  checkGroups(groups, layout['network'], isWhole, report);
  checkCells(groups, layout, report);
  checkNodeNames(groups, report);
  checkOverlayRoom(fieldsOf(layout['network']), defaults, groups, report);
}
