/** Texts that steps make and read: user data, faults, facts, uploads. */
import { describe, expect, test } from 'vitest';
import { parseFacts } from '../../../src/remote/commands/facts.ts';
import { isUploadablePath, writeFiles } from '../../../src/remote/commands/upload.ts';
import { renderUserData } from '../../../src/remote/commands/user-data.ts';
import { macAddressOf } from '../../../src/steps/create-port.ts';
import { classifyFault } from '../../../src/steps/server-fault.ts';

describe('Nova’s words about an ERROR server are classified first', () => {
  test.each([
    ['No valid host was found. There are not enough hosts available.', 'no-capacity', 5],
    ['Exceeded maximum number of retries. Exhausted all hosts', 'no-capacity', 5],
    ['Quota exceeded for cores', 'quota-reached', 4],
    ['Build of instance aborted: injected fault', 'server-error', 5],
  ])('%s', (fault, code, exitCode) => {
    expect(classifyFault('compute-1', 'id', 'ERROR', fault)).toMatchObject({ code, exitCode, details: { fault } });
  });
});

test('user data is a serialized document in which no value can break out', () => {
  const data = {
    hostname: 'compute-1',
    user: 'debian',
    authorizedKey: 'ssh-ed25519 AAAA "x" \n- evil: true',
    hostPrivateKey: 'P',
    hostPublicKey: 'Q',
  };
  const text = renderUserData(data);
  expect(text.startsWith('#cloud-config\n')).toBe(true);
  const document: unknown = JSON.parse(text.slice('#cloud-config\n'.length));
  expect(document).toMatchObject({
    hostname: 'compute-1',
    fqdn: 'compute-1',
    manage_etc_hosts: false,
    ssh_authorized_keys: [data.authorizedKey],
    ssh_keys: { ed25519_private: 'P', ed25519_public: 'Q' },
    ssh_pwauth: false,
  });
  expect(text.trimEnd().split('\n')).toHaveLength(2);
});

test('a port’s MAC is a locally administered unicast address, one for each cluster and key', () => {
  const address = macAddressOf('c1', 'create-port/a', 1);
  expect(address).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
  expect(Number.parseInt(address.slice(0, 2), 16) & 0x03).toBe(0x02);
  expect(macAddressOf('c1', 'create-port/a', 1)).toBe(address);
  expect(macAddressOf('c2', 'create-port/a', 1)).not.toBe(address);
  expect(macAddressOf('c1', 'create-port/a', 2)).not.toBe(address);
});

test('facts are read line by line, other lines are ignored', () => {
  expect(parseFacts('noise\ndistro=debian\nversion=12\nroot_key=ssh-ed25519 A=B\n')).toEqual({
    distro: 'debian',
    version: '12',
    root_key: 'ssh-ed25519 A=B',
  });
});

describe('uploaded files', () => {
  test.each(['a.patch', 'devstack/plugin.sh', '.gitignore'])('%s may travel', (path) =>
    expect(isUploadablePath(path)).toBe(true),
  );
  test.each(['../x', '/etc/passwd', 'a b', 'x;y', '$(x)', 'a/../b', ''])('%j may not', (path) =>
    expect(isUploadablePath(path)).toBe(false),
  );
  test('their bytes are never read as shell', () => {
    const text = writeFiles('/tmp/x', [
      { path: 'a', base64: Buffer.from("'; rm -rf / #\n$(x)").toString('base64'), mode: 0o755 },
    ]);
    expect(text).not.toContain('rm -rf / ');
    expect(text).toContain('chmod 755 /tmp/x/a');
  });
});
