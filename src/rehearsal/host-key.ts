/** The key by which a simulated server proves itself: the one of its cloud-init document, or a fresh one. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';
import { readCloudConfig } from './cloud-config.ts';

function isPrivateKey(text: string): boolean {
  return !(ssh2.utils.parseKey(text) instanceof Error);
}

/** A text or bytes behind their length, as all of SSH's formats have them. */
function sized(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** OpenSSH's own form, since ssh2 reads no PKCS#8 of this kind (PROTOCOL.key in OpenSSH's source). */
function makeKey(): string {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const point = Buffer.from(x, 'base64url');
  const kind = sized('ssh-ed25519');
  const publicPart = Buffer.concat([kind, sized(point)]);
  const check = randomBytes(4);
  const secretPart = Buffer.concat([
    check,
    check,
    publicPart,
    sized(Buffer.concat([Buffer.from(d, 'base64url'), point])),
    sized(''),
  ]);
  const gap = (8 - (secretPart.length % 8)) % 8;
  const padded = Buffer.concat([secretPart, Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, gap))]);
  const none = sized('none');
  const oneKey = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    sized(''),
    oneKey,
    sized(publicPart),
    sized(padded),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

/** The OpenSSH private key that user data (base64) brings; null when it brings none. */
export function injectedHostKey(userData: string): string | null {
  const brought = readCloudConfig(userData)?.ssh_keys.ed25519_private;
  return brought !== undefined && isPrivateKey(brought) ? brought : null;
}

/** OpenSSH private key of a server born with this user data. */
export function hostKeyFor(userData: string): string {
  return injectedHostKey(userData) ?? makeKey();
}

/** Its public half, `ssh-ed25519 AAAA…`, as the console shows it. */
export function publicHostKey(hostKey: string): string {
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}
