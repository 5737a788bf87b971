/** One cloud's settings, merged as openstacksdk merges them (openstack/config/loader.py): pure. */
import { BuilderError } from '../../errors.ts';
import { type Config, isConfig } from './config-files.ts';

export interface CloudChoice {
  readonly name: string;
  readonly clouds: Config;
  /** `public-clouds` of clouds-public.yaml. */
  readonly profiles: Config;
  /** Name of the cloud that the OS_* variables make. */
  readonly environmentName: string;
  /** null takes the cloud's first. */
  readonly region: string | null;
  /** The file, for messages. */
  readonly source: string;
}

const DEFAULTS: Config = { auth_type: 'password', interface: 'public' };
/** Behaviour of tools, and who to be: no settings of a cloud. */
const SELECTORS = new Set([
  'OS_CLOUD',
  'OS_REGION_NAME',
  'OS_CLIENT_CONFIG_FILE',
  'OS_CLIENT_SECURE_FILE',
  'OS_CLOUD_NAME',
]);

/** The cloud that the OS_* variables make; null when there are only selectors. Empty variables count as unset. */
export function cloudFromEnvironment(environment: Readonly<Record<string, string | undefined>>): Config | null {
  const names = Object.keys(environment).filter(
    (name) => /^OS_(?!TEST|STD|LOG)/.test(name) && environment[name] !== '' && environment[name] !== undefined,
  );
  if (names.every((name) => SELECTORS.has(name))) return null;
  return Object.fromEntries(names.map((name) => [name.slice('OS_'.length).toLowerCase(), environment[name]]));
}

function fail(choice: CloudChoice, message: string, fix: string): BuilderError {
  return new BuilderError('bad-credentials-file', message, { at: choice.source, fix });
}

/** Numbers become texts, dashes in keys underscores, at every depth. */
function normalize(config: Config): Config {
  const entries = Object.entries(config).map(([key, value]): [string, unknown] => {
    const name = key.replaceAll('-', '_');
    if (isConfig(value)) return [name, normalize(value)];
    return [name, typeof value === 'number' || typeof value === 'bigint' ? String(value) : value];
  });
  return Object.fromEntries(entries);
}

/** Laid over, the nested `auth` key by key. */
function lay(under: Config, over: Config): Config {
  const auth = { ...(isConfig(under['auth']) ? under['auth'] : {}), ...(isConfig(over['auth']) ? over['auth'] : {}) };
  return { ...under, ...over, auth };
}

interface Region {
  readonly name: string;
  readonly values: Config;
}

function knownRegions(choice: CloudChoice, own: Config, profile: Config): readonly Region[] {
  // The cloud's own words come first, then the profile's.
  for (const config of [own, profile]) {
    const listed = config['regions'];
    if (Array.isArray(listed) && listed.length > 0) {
      return listed.map((entry: unknown): Region => {
        if (typeof entry === 'string') return { name: entry, values: {} };
        if (!isConfig(entry) || typeof entry['name'] !== 'string')
          throw fail(choice, 'an entry of regions has no name', 'give it one');
        return { name: entry['name'], values: isConfig(entry['values']) ? normalize(entry['values']) : {} };
      });
    }
    const named = config['region_name'];
    if (typeof named === 'string' && named !== '') return named.split(',').map((name) => ({ name, values: {} }));
    if (Array.isArray(named) && named.length > 0) return named.map((name) => ({ name: String(name), values: {} }));
  }
  return [];
}

function chooseRegion(choice: CloudChoice, regions: readonly Region[]): Region {
  const { region } = choice;
  if (region === null) return regions[0] ?? { name: '', values: {} };
  if (regions.length === 0) return { name: region, values: {} };
  const found = regions.find(({ name }) => name === region);
  if (found !== undefined) return found;
  const names = regions.map(({ name }) => name).join(', ');
  throw fail(
    choice,
    `cloud "${choice.name}" has no region "${region}"; it has ${names}`,
    'choose one of them: --region or OS_REGION_NAME',
  );
}

/** Old names and new ones of one setting, in `config` and in its `auth`: the last that is set wins, and goes into `auth`. */
const RENAMED: Readonly<Record<string, readonly string[]>> = {
  domain_id: ['domain_id'],
  domain_name: ['domain_name'],
  user_domain_id: ['user_domain_id'],
  user_domain_name: ['user_domain_name'],
  project_domain_id: ['project_domain_id'],
  project_domain_name: ['project_domain_name'],
  token: ['auth_token', 'token'],
  project_id: ['tenant_id', 'project_id'],
  project_name: ['tenant_name', 'project_name'],
};

function moveIntoAuth(config: Config): Config {
  const rest = { ...config };
  const auth: Config = { ...(isConfig(config['auth']) ? config['auth'] : {}) };
  for (const [target, names] of Object.entries(RENAMED)) {
    let value = '';
    for (const name of names) {
      for (const place of [rest, auth]) {
        const given = place[name];
        if (typeof given === 'string' || typeof given === 'boolean') value = String(given);
        Reflect.deleteProperty(place, name);
      }
    }
    if (value !== '') auth[target] = value;
  }
  return { ...rest, auth };
}

/** A domain named once serves user and project. */
function spreadDomain(auth: Config): Config {
  if (auth['project_id'] === undefined && auth['project_name'] === undefined) return auth;
  const { domain_id: id, domain_name: name, ...rest } = auth;
  return {
    ...(id === undefined ? {} : { user_domain_id: id, project_domain_id: id }),
    ...(name === undefined ? {} : { user_domain_name: name, project_domain_name: name }),
    ...rest,
  };
}

/** `compute_endpoint_type` is an old name of `compute_interface`, `auth_plugin` one of `auth_type`. */
function renameKeys(config: Config): Config {
  const renamed: Config = {};
  for (const [key, value] of Object.entries(config)) renamed[key.replace(/endpoint_type$/, 'interface')] = value;
  const { auth_plugin: plugin, ...rest } = renamed;
  if (plugin !== undefined && rest['auth_type'] === DEFAULTS['auth_type']) rest['auth_type'] = plugin;
  // endpoint_type was set by somebody, the interface may be our default: openstacksdk lets the old name win.
  if (config['endpoint_type'] !== undefined) rest['interface'] = config['endpoint_type'];
  return rest;
}

/** `https://{region_name}.example.com`: settings may name others. */
function expand(text: string, config: Config): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, key: string) => (typeof config[key] === 'string' ? config[key] : whole));
}

/**
 * The settings of the chosen cloud, `auth` inside, and warnings. Throws `bad-credentials-file` where they contradict each
 * other.
 */
export function mergeCloud(choice: CloudChoice): { readonly config: Config; readonly warnings: readonly string[] } {
  const given = choice.clouds[choice.name];
  if (given !== null && !isConfig(given))
    throw fail(choice, `cloud "${choice.name}" is no mapping`, 'correct that file');
  const own = normalize(given ?? {});
  const profileName = own['profile'] ?? own['cloud'];
  const hasProfile = typeof profileName === 'string' && profileName !== choice.environmentName;
  const found = hasProfile ? choice.profiles[profileName] : undefined;
  const warnings =
    hasProfile && !isConfig(found)
      ? [
          `W3002 unknown-profile: cloud "${choice.name}" names the profile "${profileName}", which no clouds-public.yaml has`,
        ]
      : [];
  const profile = isConfig(found) ? normalize(found) : {};
  const region = chooseRegion(choice, knownRegions(choice, own, profile));
  const layers = [profile, own, region.values, { region_name: region.name }];
  const config = moveIntoAuth(renameKeys(layers.reduce(lay, DEFAULTS)));
  const auth = spreadDomain(isConfig(config['auth']) ? config['auth'] : {});
  const url = auth['auth_url'] ?? config['auth_url'];
  return {
    config: { ...config, auth: { ...auth, ...(typeof url === 'string' ? { auth_url: expand(url, config) } : {}) } },
    warnings,
  };
}
