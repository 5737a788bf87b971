/** The rules a layout must keep as a whole: names, localrc keys, services, ranges, and those of its groups. */
import ipaddr from 'ipaddr.js';
import { showWord } from '../document/near-miss.ts';
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import { checkConfig } from './check-config.ts';
import { checkGroups, type NamedGroup, readGroup } from './check-groups.ts';
import { checkChanges, checkPlugins } from './check-projects.ts';
import { checkLocalrc, checkServices } from './check-settings.ts';
import { nodeName } from './nodes.ts';
import { rangesOverlap } from './ranges.ts';
import { NAME } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

function checkRanges(network: Fields, defaults: { fixed: string; floating: string }, report: ReportProblem): void {
  const fixed = network['fixed_range'] ?? defaults.fixed;
  const floating = network['floating_range'] ?? defaults.floating;
  const isRange = (value: unknown): value is string =>
    typeof value === 'string' && ipaddr.IPv4.isValidCIDRFourPartDecimal(value);
  if (!isRange(fixed) || !isRange(floating) || !rangesOverlap(fixed, floating)) return;
  const path = ['network', 'fixed_range' in network ? 'fixed_range' : 'floating_range'];
  report(
    'cidr-overlap',
    path,
    `fixed_range ${fixed} and floating_range ${floating} overlap`,
    'choose disjoint networks',
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

/** Reports every broken rule of a layout as it was said; wrong kinds of values are the schema's business. */
export function checkLayout(said: unknown, defaults: { fixed: string; floating: string }, report: ReportProblem): void {
  const layout = fieldsOf(said);
  checkLocalrc(layout['localrc'], ['localrc'], report);
  checkServices(layout['services'], ['services'], report);
  checkConfig(layout['config'], ['config'], report);
  checkPlugins(layout, report);
  checkChanges(layout, report);
  checkRanges(fieldsOf(layout['network']), defaults, report);
  const entries = Object.entries(fieldsOf(layout['groups']));
  for (const [name, fields] of entries) checkGroup(name, fieldsOf(fields), report);
  const groups = entries.map(([name, fields]) => readGroup(name, fieldsOf(fields))).filter((group) => group !== null);
  // A group without a readable role could be the missing controller: then nothing can be said about roles.
  const isWhole = groups.length === entries.length && 'groups' in layout;
  checkGroups(groups, layout['cells'], isWhole, report);
  checkNodeNames(groups, report);
}
