/** Finding and reading clouds.yaml, secure.yaml and clouds-public.yaml where openstacksdk looks for them. */
import { join } from 'node:path';
import { BuilderError, messageOf } from '../../errors.ts';

export type Config = Record<string, unknown>;

/** What reading credentials needs of the machine. */
export interface CredentialWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  /** A file's text and permission bits; null when there is none. */
  read(path: string): Promise<{ readonly text: string; readonly mode: number } | null>;
}

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  readonly content: Config;
}

const SUFFIXES = ['.yaml', '.yml', '.json'];

export function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The folders of openstacksdk (openstack/config/loader.py, CONFIG_SEARCH_PATH), first one first. */
function searchFolders({ environment, home, cwd }: CredentialWorld): readonly string[] {
  const user = environment['XDG_CONFIG_HOME'] || join(home, '.config');
  const system = (environment['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':').filter((folder) => folder !== '');
  const below = [user, join(home, '.config'), ...system].map((folder) => join(folder, 'openstack'));
  return [...new Set([cwd, ...below, '/etc/openstack'])];
}

/** Where a file of that name is looked for; `override` first. */
export function searchPaths(name: string, override: string | undefined, world: CredentialWorld): readonly string[] {
  const found = searchFolders(world).flatMap((folder) => SUFFIXES.map((suffix) => join(folder, `${name}${suffix}`)));
  return override ? [override, ...found] : found;
}

function damaged(at: string, message: string): BuilderError {
  return new BuilderError('bad-credentials-file', message, { at, fix: 'correct that file' });
}

/** PyYAML's YAML 1.1, as the same file means the same to the openstack command: `verify: no` is false, `user: y` is a letter. */
async function parseYaml(path: string, text: string): Promise<unknown> {
  const yaml = await import('js-yaml');
  const bool = yaml.defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
    implicit: true,
    identify: () => false,
    resolve: (source) => {
      if (/^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(source)) return true;
      return /^(no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(source) ? false : yaml.NOT_RESOLVED;
    },
  });
  // Without timestamps: a project called 2026-01-01 keeps its name.
  const schema = yaml.FAILSAFE_SCHEMA.withTags(
    yaml.nullYaml11Tag,
    bool,
    yaml.intYaml11Tag,
    yaml.floatYaml11Tag,
    yaml.mergeTag,
  );
  try {
    return text.replaceAll(/^\s*(#.*)?$/gm, '').trim() === '' ? {} : yaml.load(text, { schema });
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error;
    const at = error.mark === undefined ? path : `${path}:${error.mark.line + 1}:${error.mark.column + 1}`;
    // The reason alone: the snippet beside it may show a password.
    throw damaged(at, `not YAML: ${error.reason}`);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text around the place; only the place is told.
    const position = Number(/position (\d+)/.exec(messageOf(error))?.[1] ?? Number.NaN);
    if (Number.isNaN(position)) throw damaged(path, 'not JSON');
    const before = text.slice(0, position).split('\n');
    throw damaged(`${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`, 'not JSON');
  }
}

/** The first of the files that exists, parsed. Throws `bad-credentials-file` with file:line:column. */
export async function readFirst(paths: readonly string[], world: CredentialWorld): Promise<ConfigFile | null> {
  for (const path of paths) {
    // In order: the first that exists wins, and the others are not even opened.
    const found = await world.read(path);
    if (found !== null) {
      const parsed = path.endsWith('.json') ? parseJson(path, found.text) : await parseYaml(path, found.text);
      const content = parsed ?? {};
      if (!isConfig(content)) throw damaged(path, 'not a mapping of names to values');
      return { path, ...found, content };
    }
  }
  return null;
}

/** Like openstacksdk's merge_clouds: mappings are merged at every depth, everything else is replaced. */
export function mergeDeep(old: Config, fresh: Config): Config {
  const merged: Config = { ...old };
  for (const [key, value] of Object.entries(fresh)) {
    const before = merged[key];
    merged[key] = isConfig(value) ? mergeDeep(isConfig(before) ? before : {}, value) : value;
  }
  return merged;
}

const SECRET_KEY = /^(password|token|auth[-_]token|application[-_]credential[-_]secret|passcode)$/;

function holdsSecret(value: unknown): boolean {
  if (!isConfig(value)) return false;
  return Object.entries(value).some(([key, inner]) => (SECRET_KEY.test(key) && inner !== null) || holdsSecret(inner));
}

/** W3003 for a file with a secret that others on this machine may read. */
export function warnOfMode(file: ConfigFile | null): readonly string[] {
  if (file === null || (file.mode & 0o044) === 0 || !holdsSecret(file.content)) return [];
  return [
    `W3003 loose-permissions: ${file.path} is ${file.mode.toString(8).padStart(4, '0')} and holds a secret: chmod 600 ${file.path}`,
  ];
}
