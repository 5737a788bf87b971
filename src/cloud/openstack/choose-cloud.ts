/** Which cloud is meant: of which file, or of the OS_* variables. */
import { BuilderError } from '../../errors.ts';
import { type CloudChoice, cloudFromEnvironment } from './cloud-config.ts';
import {
  type Config,
  type ConfigFile,
  type CredentialWorld,
  isConfig,
  mergeDeep,
  readFirst,
  searchPaths,
  warnOfMode,
} from './config-files.ts';
import type { CredentialOptions } from './credentials.ts';

/** A cloud that was chosen, and where it came from. */
export interface ChosenCloud extends CloudChoice {
  /** It is made by the OS_* variables. */
  readonly isEnvironment: boolean;
  readonly file: ConfigFile | null;
  /** The file's path, for messages. */
  readonly origin: string;
  readonly warnings: readonly string[];
}

/** The one that was named, else the one of the OS_* variables, else the only one there is. */
function chooseName(
  wanted: string | undefined,
  environmentName: string,
  hasEnvironment: boolean,
  clouds: Config,
): string | null {
  if (wanted) return wanted;
  if (hasEnvironment) return environmentName;
  const [only, ...others] = Object.keys(clouds);
  return others.length === 0 ? (only ?? null) : null;
}

function unknownCloud(name: string, clouds: Config, file: ConfigFile | null): BuilderError {
  const names = Object.keys(clouds);
  const known = names.length === 0 ? 'no cloud is known' : `known: ${names.join(', ')}`;
  return new BuilderError('unknown-cloud', `"${name}"; ${known}`, {
    at: file?.path,
    fix:
      file === null
        ? 'write a clouds.yaml, or unset OS_CLOUD and set OS_AUTH_URL and its like'
        : 'choose one of them: --cloud or OS_CLOUD',
    details: { known: names },
  });
}

function noCredentials(clouds: Config, file: ConfigFile | null, searched: readonly string[]): BuilderError {
  const names = Object.keys(clouds);
  if (file !== null && names.length > 0) {
    return new BuilderError('no-credentials', `no cloud chosen; ${file.path} knows ${names.join(', ')}`, {
      fix: `export OS_CLOUD=${names[0]}`,
    });
  }
  return new BuilderError('no-credentials', 'no OS_* variables and no clouds.yaml', {
    at: file?.path,
    details: { searched },
    state: `searched: ${searched.filter((path) => path.endsWith('.yaml')).join(', ')}`,
    fix: 'export OS_CLOUD=…, or source an openrc file',
  });
}

/** Throws `no-credentials`, `unknown-cloud`, `bad-credentials-file`, and what `world.read` throws. */
export async function chooseCloud(world: CredentialWorld, options: CredentialOptions): Promise<ChosenCloud> {
  const { environment } = world;
  const paths = searchPaths('clouds', environment['OS_CLIENT_CONFIG_FILE'], world);
  const [file, secure, vendors] = await Promise.all([
    readFirst(paths, world),
    readFirst(searchPaths('secure', environment['OS_CLIENT_SECURE_FILE'], world), world),
    readFirst(searchPaths('clouds-public', undefined, world), world),
  ]);
  const merged = mergeDeep(file?.content ?? {}, secure?.content ?? {});
  const clouds: Config = isConfig(merged['clouds']) ? merged['clouds'] : {};
  const environmentName = environment['OS_CLOUD_NAME'] || 'envvars';
  const environmentCloud = cloudFromEnvironment(environment);
  if (Object.hasOwn(clouds, environmentName)) {
    const message = `cloud "${environmentName}" has the name that is kept for the OS_* variables`;
    const fix = 'rename it, or set OS_CLOUD_NAME to another name';
    throw new BuilderError('bad-credentials-file', message, { at: file?.path, fix });
  }
  const name = chooseName(options.cloud ?? environment['OS_CLOUD'], environmentName, environmentCloud !== null, clouds);
  if (name === null) throw noCredentials(clouds, file, paths);
  const isEnvironment = name === environmentName && environmentCloud !== null;
  if (!isEnvironment && !Object.hasOwn(clouds, name)) throw unknownCloud(name, clouds, file);
  const origin = file?.path ?? secure?.path ?? 'no file';
  const withSecrets = secure === null || file === null ? '' : ` with ${secure.path}`;
  // --region stands for OS_REGION_NAME, so it cannot contradict it.
  const region = options.region ?? (environment['OS_REGION_NAME'] || null);
  return {
    name,
    isEnvironment,
    clouds: isEnvironment ? { [name]: { ...environmentCloud, region_name: region ?? '' } } : clouds,
    profiles: isConfig(vendors?.content['public-clouds']) ? vendors.content['public-clouds'] : {},
    environmentName,
    region: isEnvironment ? null : region,
    source: isEnvironment ? 'the OS_* variables' : `cloud "${name}" of ${origin}${withSecrets}`,
    file,
    origin,
    warnings: [...warnOfMode(file), ...warnOfMode(secure)],
  };
}
