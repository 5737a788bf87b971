/** The process's environment and this machine's addresses, read once. */
import { homedir, networkInterfaces, userInfo } from 'node:os';

/** Variables that hold secrets: read once, then gone from our environment, so that no child and no crash report inherits them. */
const SECRET = /^OS_(PASSWORD|TOKEN|AUTH_TOKEN|APPLICATION_CREDENTIAL_SECRET|PASSCODE)$|^BUILDER_SSH_PROXY$/;

/** A copy of the environment; the secrets leave `process.env`. */
export function takeEnvironment(): Readonly<Record<string, string | undefined>> {
  const copy = { ...process.env };
  for (const name of Object.keys(copy)) {
    if (SECRET.test(name)) delete process.env[name];
  }
  return copy;
}

export function homeFolder(): string {
  return homedir();
}

/** Who runs us, for the record; a number where the system has no name for it. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** Addresses of all interfaces but the loopback ones. */
export function listOwnAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
}
