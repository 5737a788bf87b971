/** The rules of `localrc:` and `services:`, wherever they stand in a layout. */
import { nearestWord, showWord } from '../document/near-miss.ts';
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import type { Path } from '../document/shape.ts';
import { KNOWN_SERVICES, TLS_SERVICE } from '../roles/known-services.ts';
import { refuseKey, refuseValue } from './localrc-keys.ts';

/** The texts of what should be a list; none when it is something else, which the schema tells. */
export function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** What each item of what should be a list says; nothing of one that is something else. */
export function itemsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** Whether a value can stand as it is; why not is told, without the value. What is no text is the schema's to tell. */
export function checkValue(value: unknown, path: Path, report: ReportProblem): boolean {
  const fault = typeof value === 'string' ? refuseValue(value) : null;
  if (fault !== null) report(fault.isSecret ? 'secret-in-url' : 'bad-value', path, fault.message, fault.fix);
  return fault === null;
}

/** Keys and values for localrc. */
export function checkLocalrc(localrc: unknown, path: Path, report: ReportProblem): void {
  for (const [key, value] of Object.entries(fieldsOf(localrc))) {
    const refusal = refuseKey(key);
    if (refusal !== null)
      report('bad-value', [...path, key], `${showWord(key)}: ${refusal.message}`, refusal.fix, true);
    checkValue(value, [...path, key], report);
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

/** What is to be added and removed. */
export function checkServices(services: unknown, path: Path, report: ReportProblem): void {
  const { add, remove } = fieldsOf(services);
  for (const [verb, list] of Object.entries({ add, remove })) {
    for (const [index, service] of wordsOf(list).entries()) checkService(service, [...path, verb, index], report);
  }
  for (const [verb, fix] of [
    ['add', 'set tls: true'],
    ['remove', 'set tls: false'],
  ] as const) {
    const index = wordsOf(fieldsOf(services)[verb]).indexOf(TLS_SERVICE);
    const message = `every node has "${TLS_SERVICE}", or none: they trust one CA`;
    if (index >= 0) report('bad-value', [...path, verb, index], message, fix);
  }
  const both = wordsOf(add).find((service) => wordsOf(remove).includes(service));
  if (both !== undefined) report('bad-value', path, `${showWord(both)} is both added and removed`, 'decide for one');
}
