/** Credentials as openstacksdk reads them: clouds.yaml, secure.yaml, profiles and OS_* variables, and which of them won. */
import { BuilderError } from '../../errors.ts';
import { readAuth, readProject } from './auth-method.ts';
import { type ChosenCloud, chooseCloud } from './choose-cloud.ts';
import { mergeCloud } from './cloud-config.ts';
import { type Config, type CredentialWorld, isConfig } from './config-files.ts';
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

/** Throws where there is none that can be called. */
function readAuthUrl(config: Config, { isEnvironment, source, origin }: ChosenCloud): string {
  const authUrl = isConfig(config['auth']) ? config['auth']['auth_url'] : undefined;
  if (typeof authUrl === 'string' && /^https?:$/.test(URL.parse(authUrl)?.protocol ?? '')) return authUrl;
  const what = authUrl === undefined ? 'no auth_url' : 'auth_url is no http or https address';
  throw new BuilderError(isEnvironment ? 'no-credentials' : 'bad-credentials-file', `${what} in ${source}`, {
    at: isEnvironment ? undefined : origin,
    fix: isEnvironment ? 'export OS_AUTH_URL=https://…, or OS_CLOUD=…' : 'add auth: {auth_url: https://…}',
  });
}

/** Said on every run: people forget what they once insisted on. */
const UNCHECKED =
  '--insecure-tls: the certificates of this cloud are not checked; whoever stands between reads and changes what he likes';

/**
 * The credentials that openstacksdk would use, ready for openCloud.
 * Throws `no-credentials`, `unknown-cloud`, `bad-credentials-file`, `tls-off`, and what `world.read` throws.
 */
export async function readCredentials(world: CredentialWorld, options: CredentialOptions = {}): Promise<Credentials> {
  const chosen = await chooseCloud(world, options);
  const { isEnvironment, source } = chosen;
  const { config, warnings } = mergeCloud(chosen);
  const auth = isConfig(config['auth']) ? config['auth'] : {};
  const authUrl = readAuthUrl(config, chosen);
  const overrides = readOverrides(config);
  const region = config['region_name'];
  const transport = await readTransport(
    {
      config,
      urls: [authUrl, ...Object.values(overrides)],
      source,
      file: isEnvironment ? null : chosen.file,
      cloud: chosen.name,
      isInsecure: options.insecureTls === true,
    },
    world,
  );
  return {
    source,
    cloud: isEnvironment ? null : chosen.name,
    authUrl,
    auth: readAuth({ config, auth, source, isEnvironment }),
    project: readProject(auth),
    region: typeof region === 'string' && region !== '' ? region : null,
    interfaces: readInterfaces(config),
    overrides,
    transport,
    warnings: [...chosen.warnings, ...warnings, ...(transport.isInsecure ? [UNCHECKED] : [])],
  };
}
