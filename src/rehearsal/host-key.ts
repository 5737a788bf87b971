/** The key by which a simulated server proves itself: the one of its cloud-init document, or a fresh one. */
import ssh2 from 'ssh2';
import { makeKeyPair } from '../host/key-pair.ts';
import { readCloudConfig } from './cloud-config.ts';

function isPrivateKey(text: string): boolean {
  return !(ssh2.utils.parseKey(text) instanceof Error);
}

/** The OpenSSH private key that user data (base64) brings; null when it brings none. */
export function injectedHostKey(userData: string): string | null {
  const brought = readCloudConfig(userData)?.ssh_keys.ed25519_private;
  return brought !== undefined && isPrivateKey(brought) ? brought : null;
}

/** OpenSSH private key of a server born with this user data. */
export function hostKeyFor(userData: string): string {
  return injectedHostKey(userData) ?? makeKeyPair('').privateKey;
}

/** Its public half, `ssh-ed25519 AAAA…`, as the console shows it. */
export function publicHostKey(hostKey: string): string {
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}
