/** Whom connections trust and which way they take, from a cloud's merged settings and the environment. */
import { resolve } from 'node:path';
import { BuilderError } from '../../errors.ts';
import type { Config, ConfigFile, CredentialWorld } from './config-files.ts';
import type { Transport } from './credentials.ts';

interface TransportSettings {
  readonly config: Config;
  /** Keystone's and the overrides. */
  readonly urls: readonly string[];
  readonly source: string;
  readonly file: ConfigFile | null;
  readonly cloud: string;
  /** The user insisted. */
  readonly isInsecure: boolean;
}

/** openstacksdk's get_boolean: a text is true only when it says so. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

/** requests, below openstacksdk, takes any empty value or false as off; from the environment even the text is meant so. */
function isOff(value: unknown): boolean {
  return value === false || (typeof value === 'string' && /^(false|no|off|0)$/i.test(value));
}

/** `clouds.yaml:7`: the line of the key within its cloud, as well as a look at the text can tell. */
function lineOf(settings: TransportSettings, key: string): string {
  if (settings.file === null) return settings.source;
  const lines = settings.file.text.split('\n');
  const start = lines.findIndex((line) => line.trim().replaceAll(/['"]/g, '').startsWith(`${settings.cloud}:`));
  const index = lines.findIndex((line, at) => at > start && line.trimStart().startsWith(`${key}:`));
  return index === -1 ? settings.source : `${settings.file.path}:${index + 1}`;
}

/** What turns the checking of certificates off; null when nothing does. */
function findSwitch(settings: TransportSettings, world: CredentialWorld): string | null {
  if (isTrue(settings.config['insecure'])) return settings.file === null ? 'OS_INSECURE' : lineOf(settings, 'insecure');
  if (isOff(settings.config['verify'])) return settings.file === null ? 'OS_VERIFY' : lineOf(settings, 'verify');
  return world.environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' ? 'NODE_TLS_REJECT_UNAUTHORIZED=0' : null;
}

async function readPem(key: string, settings: TransportSettings, world: CredentialWorld): Promise<string | null> {
  const named = settings.config[key];
  if (typeof named !== 'string' || named === '') return null;
  const path = resolve(world.cwd, named.replace(/^~(?=\/|$)/, world.home));
  const found = await world.read(path);
  if (found !== null) return found.text;
  throw new BuilderError('bad-credentials-file', `${key}: there is no ${path}`, {
    at: lineOf(settings, key),
    fix: `correct ${key} in ${settings.source}`,
  });
}

/** Both spellings are common; curl and Python read the small one first. */
function readProxy({ environment }: CredentialWorld): Transport['proxy'] {
  const read = (name: string): string => environment[name] || environment[name.toUpperCase()] || '';
  const http = read('http_proxy');
  const https = read('https_proxy');
  return http === '' && https === '' ? null : { http, https, no: read('no_proxy') };
}

/** Throws `tls-off` when something turns the checking of certificates off and nobody insisted. */
export async function readTransport(settings: TransportSettings, world: CredentialWorld): Promise<Transport> {
  const off = findSwitch(settings, world);
  if (off !== null && !settings.isInsecure) {
    throw new BuilderError('tls-off', `${off} turns the checking of certificates off`, {
      at: off,
      fix: 'trust the cloud’s authority instead (cacert: FILE, or OS_CACERT), or insist with --insecure-tls',
    });
  }
  const [authority, cert, key] = await Promise.all(
    ['cacert', 'cert', 'key'].map((name) => readPem(name, settings, world)),
  );
  return {
    isTls: settings.urls.some((url) => url.startsWith('https:')) || Boolean(authority) || Boolean(cert) || off !== null,
    isInsecure: off !== null,
    authorities: authority ? [authority] : [],
    // One file may hold both.
    clientCertificate: cert ? { cert, key: key ?? cert } : null,
    proxy: readProxy(world),
  };
}
