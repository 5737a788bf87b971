/** Credentials as openstacksdk reads them: clouds.yaml, secure.yaml, profiles and OS_* variables, and which of them won. */
import { BuilderError } from '../../errors.ts';
import { readAuth, readProject } from './auth-method.ts';
import { cloudFromEnvironment, mergeCloud } from './cloud-config.ts';
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
import { readTransport } from './transport.ts';

/** The services we use, by their official types. */
export type ServiceName = 'compute' | 'image' | 'network';

export type DomainReference = { readonly id: string } | { readonly name: string };

/** Secrets inside: memory only. */
export type AuthMethod =
  | {
      readonly type: 'password';
      /** One of both is set. */
      readonly userId: string | null;
      readonly userName: string | null;
      readonly userDomain: DomainReference;
      readonly password: string;
    }
  | {
      readonly type: 'application-credential';
      readonly id: string | null;
      /** With its user, where there is no id. */
      readonly name: string | null;
      readonly user: { readonly id: string } | { readonly name: string; readonly domain: DomainReference } | null;
      readonly secret: string;
    }
  | { readonly type: 'token'; readonly token: string };

/** How connections are made and whom they trust. */
export interface Transport {
  /** TLS settings matter: the Keystone or an override is https, or something about TLS was set. */
  readonly isTls: boolean;
  /** Certificates are not checked; only ever true when the user insisted. */
  readonly isInsecure: boolean;
  /** PEM texts trusted besides the system's. */
  readonly authorities: readonly string[];
  readonly clientCertificate: { readonly cert: string; readonly key: string } | null;
  readonly proxy: { readonly http: string; readonly https: string; readonly no: string } | null;
}

export interface Credentials {
  /** Which file or variables won, for people: `cloud "demo" of /home/x/clouds.yaml`. */
  readonly source: string;
  /** null when the OS_* variables alone decide. */
  readonly cloud: string | null;
  readonly authUrl: string;
  readonly auth: AuthMethod;
  readonly project: { readonly id: string } | { readonly name: string; readonly domain: DomainReference } | null;
  readonly region: string | null;
  /** Preferred first. */
  readonly interfaces: readonly string[];
  readonly overrides: Readonly<Partial<Record<ServiceName, string>>>;
  readonly transport: Transport;
  /** Lines `W… name: text` to show. */
  readonly warnings: readonly string[];
}

export interface CredentialOptions {
  /** --cloud: before OS_CLOUD. */
  readonly cloud?: string | undefined;
  /** --region: before OS_REGION_NAME and the file. */
  readonly region?: string | undefined;
  /** --insecure-tls: goes on where the checking of certificates is turned off. */
  readonly insecureTls?: boolean | undefined;
}

interface Choice {
  readonly name: string;
  readonly isEnvironment: boolean;
}

/** The cloud to use: named, else made by OS_* variables, else the only one there is. */
function chooseCloud(
  wanted: string | undefined,
  environmentName: string,
  environmentCloud: Config | null,
  clouds: Config,
): Choice | null {
  if (wanted) return { name: wanted, isEnvironment: wanted === environmentName && environmentCloud !== null };
  if (environmentCloud !== null) return { name: environmentName, isEnvironment: true };
  const names = Object.keys(clouds);
  return names.length === 1 && names[0] !== undefined ? { name: names[0], isEnvironment: false } : null;
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

/** `compute_endpoint_override`, or its older name `compute_endpoint`. */
function readOverrides(config: Config): Credentials['overrides'] {
  const services: readonly ServiceName[] = ['compute', 'image', 'network'];
  const found = services.flatMap((service) => {
    const url = config[`${service}_endpoint_override`] ?? config[`${service}_endpoint`];
    return typeof url === 'string' && url !== '' ? [[service, url] as const] : [];
  });
  return Object.fromEntries(found);
}

function readInterfaces(config: Config): readonly string[] {
  const given = config['interface'];
  const names = (Array.isArray(given) ? given : [given]).filter((name) => typeof name === 'string' && name !== '');
  return names.length === 0 ? ['public'] : names.map((name: string) => name.replace(/URL$/, ''));
}

/**
 * The credentials that openstacksdk would use, ready for openCloud.
 * Throws `no-credentials`, `unknown-cloud`, `bad-credentials-file`, `tls-off`, and what `world.read` throws.
 */
export async function readCredentials(world: CredentialWorld, options: CredentialOptions = {}): Promise<Credentials> {
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
  if (clouds[environmentName] !== undefined) {
    throw new BuilderError(
      'bad-credentials-file',
      `cloud "${environmentName}" has the name that is kept for the OS_* variables`,
      {
        at: file?.path,
        fix: 'rename it, or set OS_CLOUD_NAME to another name',
      },
    );
  }
  const choice = chooseCloud(options.cloud ?? environment['OS_CLOUD'], environmentName, environmentCloud, clouds);
  if (choice === null) throw noCredentials(clouds, file, paths);
  if (!choice.isEnvironment && clouds[choice.name] === undefined) throw unknownCloud(choice.name, clouds, file);
  const origin = file?.path ?? secure?.path ?? 'no file';
  const withSecrets = secure === null || file === null ? '' : ` with ${secure.path}`;
  const source = choice.isEnvironment ? 'the OS_* variables' : `cloud "${choice.name}" of ${origin}${withSecrets}`;
  const { config, warnings } = mergeCloud({
    name: choice.name,
    clouds: choice.isEnvironment ? { [choice.name]: environmentCloud } : clouds,
    profiles: isConfig(vendors?.content['public-clouds']) ? vendors.content['public-clouds'] : {},
    environmentName,
    region: options.region ?? (choice.isEnvironment ? null : environment['OS_REGION_NAME'] || null),
    source,
  });
  const auth = isConfig(config['auth']) ? config['auth'] : {};
  const authUrl = auth['auth_url'];
  if (typeof authUrl !== 'string' || !/^https?:$/.test(URL.parse(authUrl)?.protocol ?? '')) {
    const what = authUrl === undefined ? 'no auth_url' : 'auth_url is no http or https address';
    throw new BuilderError(choice.isEnvironment ? 'no-credentials' : 'bad-credentials-file', `${what} in ${source}`, {
      at: choice.isEnvironment ? undefined : origin,
      fix: choice.isEnvironment ? 'export OS_AUTH_URL=https://…, or OS_CLOUD=…' : 'add auth: {auth_url: https://…}',
    });
  }
  const overrides = readOverrides(config);
  const region = config['region_name'];
  return {
    source,
    cloud: choice.isEnvironment ? null : choice.name,
    authUrl,
    auth: readAuth({ config, auth, source, isEnvironment: choice.isEnvironment }),
    project: readProject(auth),
    region: typeof region === 'string' && region !== '' ? region : null,
    interfaces: readInterfaces(config),
    overrides,
    transport: await readTransport(
      {
        config,
        urls: [authUrl, ...Object.values(overrides)],
        source,
        file: choice.isEnvironment ? null : file,
        cloud: choice.name,
        isInsecure: options.insecureTls === true,
      },
      world,
    ),
    warnings: [...warnOfMode(file), ...warnOfMode(secure), ...warnings],
  };
}
