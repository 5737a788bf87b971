/** The rules a layout must keep as a whole: names, localrc keys, services, ranges, and those of its groups. */
import ipaddr from 'ipaddr.js';
import { nearestWord, showWord } from '../document/near-miss.ts';
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import type { Path } from '../document/shape.ts';
import { KNOWN_SERVICES } from '../roles/known-services.ts';
import { checkConfig } from './check-config.ts';
import { checkGroups, type NamedGroup, readGroup } from './check-groups.ts';
import { refuseKey, refuseValue } from './localrc-keys.ts';
import { nodeName } from './nodes.ts';
import { rangesOverlap } from './ranges.ts';
import { NAME } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function checkLocalrc(localrc: unknown, path: Path, report: ReportProblem): void {
  for (const [key, value] of Object.entries(fieldsOf(localrc))) {
    const refusal = refuseKey(key);
    if (refusal !== null)
      report('bad-value', [...path, key], `${showWord(key)}: ${refusal.message}`, refusal.fix, true);
    const fault = typeof value === 'string' ? refuseValue(value) : null;
    if (fault !== null)
      report(fault.isSecret ? 'secret-in-url' : 'bad-value', [...path, key], fault.message, fault.fix);
  }
}

/**
 * DevStack takes any name for a service and does nothing with one it does not know. A plugin may know it, so only what looks
 * like a slip in a name of DevStack's own is refused.
 */
function checkService(service: string, path: Path, report: ReportProblem): void {
  if (KNOWN_SERVICES.has(service)) return;
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(service)) {
    report('bad-value', path, `${showWord(service)} is not the name of a service`, 'letters, digits, "-", "_" and "."');
    return;
  }
  const near = nearestWord(service, [...KNOWN_SERVICES]);
  const isSlip = near !== null && near.slips <= (near.word.length < 8 ? 1 : 2) && near.word[0] === service[0];
  if (isSlip)
    report('bad-value', path, `${showWord(service)} is no service of DevStack`, `did you mean "${near.word}"?`);
}

function checkServices(services: unknown, path: Path, report: ReportProblem): void {
  const { add, remove } = fieldsOf(services);
  for (const [verb, list] of Object.entries({ add, remove })) {
    for (const [index, service] of wordsOf(list).entries()) checkService(service, [...path, verb, index], report);
  }
  const both = wordsOf(add).find((service) => wordsOf(remove).includes(service));
  if (both !== undefined) report('bad-value', path, `${showWord(both)} is both added and removed`, 'decide for one');
}

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
  checkRanges(fieldsOf(layout['network']), defaults, report);
  const entries = Object.entries(fieldsOf(layout['groups']));
  for (const [name, fields] of entries) checkGroup(name, fieldsOf(fields), report);
  const groups = entries.map(([name, fields]) => readGroup(name, fieldsOf(fields))).filter((group) => group !== null);
  // A group without a readable role could be the missing controller: then nothing can be said about roles.
  const isWhole = groups.length === entries.length && 'groups' in layout;
  checkGroups(groups, layout['cells'], isWhole, report);
  checkNodeNames(groups, report);
}
