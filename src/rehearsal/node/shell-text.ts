/** Reading back what was written for shells: quoted values, the env file of a job, the localrc part of a local.conf. */

/** The value of a word in single quotes or of a bare one. */
function unquote(word: string): string {
  return word.replaceAll(/'([^']*)'|\\(.)/g, (_whole, quoted?: string, escaped?: string) => quoted ?? escaped ?? '');
}

const EXPORT = /export ([A-Za-z_][A-Za-z0-9_]*)=((?:'[^']*'|\\')*)\n/y;

/** The variables that sourcing an env file sets. */
export function readEnv(text: string): Readonly<Record<string, string>> {
  const lines = new RegExp(EXPORT);
  const env: Record<string, string> = {};
  for (let match = lines.exec(text); match !== null; match = lines.exec(text)) {
    env[match[1] ?? ''] = unquote(match[2] ?? '');
  }
  return env;
}

export interface Localrc {
  readonly assignments: Readonly<Record<string, string>>;
  readonly services: readonly string[];
  /** What no later part of DevStack can enable. */
  readonly disabled: ReadonlySet<string>;
}

/** What DevStack makes of a local.conf's first section: variables, and the services enabled in the end. */
export function readLocalrc(text: string): Localrc {
  const lines = text.split('\n');
  const begin = lines.indexOf('[[local|localrc]]');
  const rest = begin < 0 ? [] : lines.slice(begin + 1);
  const end = rest.findIndex((line) => line.startsWith('[['));
  const assignments: Record<string, string> = {};
  const services = new Set<string>();
  const disabled = new Set<string>();
  for (const line of end < 0 ? rest : rest.slice(0, end)) {
    const [, name = '', value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    const [word = '', ...words] = line.split(/\s+/);
    if (name === 'ENABLED_SERVICES') for (const service of unquote(value).split(',')) services.add(service);
    else if (name !== '') assignments[name] = unquote(value);
    else if (word === 'enable_service') for (const service of words) services.add(service);
    else if (word === 'disable_service') for (const service of words) disabled.add(service);
    else if (word === 'disable_all_services') services.clear();
  }
  return { assignments, services: [...services].filter((service) => !disabled.has(service)), disabled };
}
