/** What DevStack would swallow silently in a local.conf: each trap of devstack.md section 5 K, found before the file is written. */
import { BuilderError } from '../errors.ts';
import { META_PHASES, META_VARIABLES, missingFor } from './meta-files.ts';

/** One of these unset and stack.sh asks for it on a stdin nobody answers, or leaves a connection out. */
const REQUIRED = [
  'HOST_IP',
  'SERVICE_HOST',
  'MYSQL_HOST',
  'RABBIT_HOST',
  'DATABASE_TYPE',
  'ADMIN_PASSWORD',
  'DATABASE_PASSWORD',
  'RABBIT_PASSWORD',
  'SERVICE_PASSWORD',
  'ENABLED_SERVICES',
];
/** A whole assignment, to a key of a map too: bare, or made of single-quoted pieces joined by escaped quotes. */
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*(?:\["[A-Za-z0-9_.-]+"\])?)=((?:[A-Za-z0-9_@%+=:,./{}-]|'[^']*'|\\')*)$/;

/** DevStack's own functions for localrc, with plain words. */
const COMMAND =
  /^(?:disable_all_services|(?:en|dis)able_service(?: [A-Za-z0-9_.-]+)+|enable_plugin(?: [A-Za-z0-9_@%+=:,./-]+){2,3})$/;

interface Section {
  readonly phase: string;
  readonly file: string;
  readonly lines: readonly { readonly number: number; readonly text: string }[];
}

type Report = (line: number, message: string) => void;

/** Splits at headers exactly as DevStack does, and reports what looks like a header to people only. */
function splitSections(text: string, report: Report): readonly Section[] {
  const found: { phase: string; file: string; lines: { number: number; text: string }[] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const number = index + 1;
    const header = /^\[\[([a-z-]+)\|([^\s[\]|]+)\]\]$/.exec(line);
    if (line.includes('\r')) report(number, 'carriage return: DevStack would keep it in the value');
    if (header !== null) found.push({ phase: header[1] ?? '', file: header[2] ?? '', lines: [] });
    else if (/^\s*\[\s*\[/.test(line))
      report(number, `${JSON.stringify(line)} is no header to DevStack: it allows no blanks`);
    else if (found.length === 0 && line.trim() !== '') report(number, 'text before the first header is dropped');
    else found.at(-1)?.lines.push({ number, text: line });
  }
  return found;
}

function checkLocalrc(section: Section, report: Report): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { number, text } of section.lines) {
    if (text.trim() === '' || text.startsWith('#') || COMMAND.test(text)) continue;
    const match = ASSIGNMENT.exec(text);
    if (match !== null) {
      const key = match[1] ?? '';
      if (values.has(key)) report(number, `${key} is assigned twice`);
      values.set(key, match[2] ?? '');
    } else if (/^\s*exit\b/.test(text)) report(number, 'exit ends stack.sh with status 0');
    else if (/^\s*\w+\s+=|^\s*\w+=\s/.test(text)) report(number, 'blanks around "=": not an assignment in bash');
    else if ((text.match(/'/g)?.length ?? 0) % 2 === 1) report(number, 'unbalanced quotes');
    else report(number, 'neither a comment nor a plain assignment');
  }
  for (const key of REQUIRED) if (!values.has(key) || values.get(key) === '') report(0, `${key} is missing`);
  return values;
}

function checkMetaSection(section: Section, services: readonly string[], report: Report): void {
  const line = (section.lines[0]?.number ?? 1) - 1;
  if (!META_PHASES.some((phase) => phase === section.phase)) report(line, `DevStack has no phase "${section.phase}"`);
  if (section.file.includes('$') && !META_VARIABLES.includes(section.file)) {
    report(line, `${section.file} is not defined by DevStack: this section and all after it would be skipped`);
  }
  const missing = missingFor(section.file, services);
  if (missing !== null) report(line, `${section.file} is there only where ${missing} runs`);
  let group: string | null = null;
  const seen = new Set<string>();
  for (const { number, text } of section.lines) {
    const option = /^([^\s=#]+) *=/.exec(text)?.[1];
    if (/^\[[^[\]]+\]$/.test(text)) group = text;
    else if (group === null && text.trim() !== '' && !/^ *#/.test(text))
      report(number, 'option before the first [section] is dropped');
    else if (option !== undefined) {
      if (seen.has(`${group}${option}`)) report(number, `${option} stands twice in ${group}`);
      seen.add(`${group}${option}`);
    }
  }
}

/** All traps in the text, each `bad-local-conf` at `local.conf:line`; none for what `renderLocalConf` makes. */
export function checkLocalConf(text: string): readonly BuilderError[] {
  const problems: BuilderError[] = [];
  const report: Report = (line, message) => {
    problems.push(
      new BuilderError('bad-local-conf', message, { at: line === 0 ? 'local.conf' : `local.conf:${line}` }),
    );
  };
  const all = splitSections(text, report);
  const locals = all.filter((section) => section.phase === 'local');
  const localrc = locals.find((section) => section.file === 'localrc');
  if (localrc === undefined || locals.length !== 1) {
    report(0, 'exactly one [[local|localrc]] section is needed');
    return problems;
  }
  const services = (checkLocalrc(localrc, report).get('ENABLED_SERVICES') ?? '').split(',');
  for (const section of all) if (section !== localrc) checkMetaSection(section, services, report);
  return problems;
}
