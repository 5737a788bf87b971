/** Key pairs that every OpenSSH reads, every time. */
import { describe, expect, test } from 'vitest';
import { makeKeyPair } from '../../../src/host/key-pair.ts';
import { fingerprintOf, publicKeyOf } from '../../../src/remote/public-key.ts';

/** Enough that a key whose first byte is zero is among them but for once in ten thousand runs. */
const MANY = 2400;

describe('a fresh key pair', () => {
  test('has 32 bytes of public key whatever they are: a leading zero is not dropped', () => {
    const lengths = Array.from({ length: MANY }, () => {
      const { privateKey, publicKey } = makeKeyPair('host');
      expect(publicKeyOf(privateKey)).toBe(publicKey.split(' ').slice(0, 2).join(' '));
      return Buffer.from(publicKey.split(' ')[1] ?? '', 'base64').length;
    });
    expect(new Set(lengths)).toEqual(new Set([4 + 11 + 4 + 32]));
  });
  test('is another one each time, in OpenSSH’s form', () => {
    const [one, two] = [makeKeyPair('a'), makeKeyPair('a')];
    expect(one.privateKey).not.toBe(two.privateKey);
    expect(one.privateKey).toMatch(
      /^-----BEGIN OPENSSH PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END OPENSSH PRIVATE KEY-----\n$/,
    );
    expect(one.publicKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]+=* a$/);
    expect(fingerprintOf(one.publicKey)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});
