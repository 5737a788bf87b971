/** A server proves itself by the key that was sent with it, and by one of its own where none was. */
import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { hostKeyFor, publicHostKey } from '../../../src/rehearsal/host-key.ts';

const OWN = hostKeyFor('');
const toUserData = (text: string): string => Buffer.from(text).toString('base64');

describe('a host key', () => {
  test('is the one of the cloud-init document, in JSON or YAML', () => {
    const json = `#cloud-config\n${JSON.stringify({ ssh_keys: { ed25519_private: OWN } })}`;
    const indented = OWN.trimEnd().replaceAll('\n', '\n    ');
    const yaml = `#cloud-config\nssh_keys:\n  ed25519_private: |\n    ${indented}\n`;
    expect(hostKeyFor(toUserData(json))).toBe(OWN);
    expect(hostKeyFor(toUserData(yaml))).toBe(OWN);
  });

  test.each([
    ['no document', '#!/bin/sh\ntrue\n'],
    ['a document without keys', '#cloud-config\n{}'],
    ['no YAML', '#cloud-config\n{'],
    ['a key nobody can read', '#cloud-config\nssh_keys: {ed25519_private: nonsense}'],
    [
      'a key in a form that sshd of its age does not read',
      `#cloud-config\n${JSON.stringify({
        ssh_keys: {
          ed25519_private: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
        },
      })}`,
    ],
  ])('is a fresh one for %s', (_what, text) => {
    expect(publicHostKey(hostKeyFor(toUserData(text)))).toMatch(/^ssh-ed25519 AAAA/);
  });

  test('signs what its public half verifies, every time', () => {
    for (let tries = 0; tries < 50; tries += 1) {
      const key = hostKeyFor('');
      const parsed = ssh2.utils.parseKey(key);
      if (parsed instanceof Error) throw parsed;
      const verified = ssh2.utils.parseKey(publicHostKey(key));
      if (verified instanceof Error) throw verified;
      expect(verified.verify('text', parsed.sign('text'))).toBe(true);
    }
  });
});
