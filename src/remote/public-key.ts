/** Public halves of SSH keys, and their fingerprints as people compare them. */
import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

/** The public half of a private key, `ssh-ed25519 AAAA…`; throws when the text is no OpenSSH private key. */
export function publicKeyOf(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  const [key = parsed] = [parsed].flat();
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

/** `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprintOf(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
