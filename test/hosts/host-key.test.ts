/** A server's host key is made anew by the real scripts, under a real sshd that goes on serving, wherever they are cut. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKeyPair } from '../../src/host/key-pair.ts';
import { parseFacts } from '../../src/remote/commands/facts.ts';
import { INSTALL_HOST_KEY, MAKE_HOST_KEY } from '../../src/remote/commands/host-key.ts';
import { renderUserData } from '../../src/remote/commands/user-data.ts';
import { publicKeyOf } from '../../src/remote/public-key.ts';
import { createLocalNodes, findMissingForNodes, type LocalNodes } from '../standin-devstack/nodes.ts';
import { whyNoSshd } from './sshd.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) process.stderr.write(`skipped: host keys are made under a real sshd: ${missing}\n`);

const client = makeKeyPair('client');
const born = makeKeyPair('controller.lab');
const injected = publicKeyOf(born.privateKey);
const userData = renderUserData({
  hostname: 'controller',
  user: 'debian',
  authorizedKey: client.publicKey,
  hostPrivateKey: born.privateKey,
  hostPublicKey: born.publicKey,
});
/** The line of the private key in which its seed stands. */
const seed = born.privateKey.split('\n')[4] ?? '';

let folder: string;
let nodes: LocalNodes;

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'host-key-'));
  await writeFile(join(folder, 'README'), 'a checkout of nothing\n');
  nodes = await createLocalNodes(folder);
});
afterAll(async () => {
  await nodes?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function file(path: string, text: string): string {
  return `install -D -m 0600 /dev/null ${path}\nprintf %s '${Buffer.from(text).toString('base64')}' | base64 -d >${path}\n`;
}

/** Commands before whose nth run everything is cut: the shell, and what it started. */
const SHIMMED = ['ssh-keygen', 'install', 'cut', 'cp', 'mv', 'rm', 'sync', 'cat', 'sed', 'find', 'grep'];
const SHIM = `#!/bin/sh
echo "$0" >>/opt/commands
if [ "$(wc -l </opt/commands)" -ge "$CUT_AT" ]; then kill -9 0; fi
exec "$(PATH=\${PATH#/opt/shims:}; command -v "\${0##*/}")" "$@"
`;

/**
 * A server after its first boot, as cloud-init leaves it: the injected key, copies of the user data, sshd on an address of its own.
 * `shown` prints the key that a new connection meets, `cut_at N SCRIPT` runs a script until its nth command, `rebirth` undoes all.
 */
const BOOT = `set -u
mkdir -p /run/sshd /opt/lib /opt/shims /opt/born
mount --bind /opt/lib /var/lib
cache=/var/lib/cloud/instances/i-1
${file('/opt/born/key', born.privateKey)}
${file('/opt/authorized_keys', `${client.publicKey}\n`)}
${file('/opt/client_key', client.privateKey)}
${file('/opt/make.sh', MAKE_HOST_KEY)}
${file('/opt/install.sh', INSTALL_HOST_KEY)}
${file('/opt/born/cache/user-data.txt', userData)}
${file('/opt/born/cache/user-data.txt.i', `MIME-Version: 1.0\n\n${userData}`)}
${file('/opt/born/cache/cloud-config.txt', `ssh_keys:\n  ed25519_private: |\n    ${born.privateKey.replaceAll('\n', '\n    ')}\n`)}
${file('/opt/born/cache/vendor-data.txt', 'of the cloud\n')}
python3 -c 'import pickle, sys; pickle.dump({"raw": open(sys.argv[1]).read(), "more": [b"\\0", 1]}, open(sys.argv[2], "wb"))' \\
  /opt/born/cache/user-data.txt /opt/born/cache/obj.pkl
${file('/opt/shim', SHIM)}
chmod 0755 /opt/shim
for name in ${SHIMMED.join(' ')}; do ln -sf /opt/shim "/opt/shims/$name"; done

rebirth() {
  rm -rf /etc/ssh/ssh_host_* /etc/ssh/builder-host-key $cache
  cp -p /opt/born/key /etc/ssh/ssh_host_ed25519_key
  echo '${born.publicKey}' >/etc/ssh/ssh_host_ed25519_key.pub
  mkdir -p $cache
  cp -p /opt/born/cache/* $cache
  [ ! -e /run/sshd.pid ] || kill -HUP "$(cat /run/sshd.pid)"
}
shown() { until ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | cut -d' ' -f2,3 | grep .; do :; done; }
cut_at() { rm -f /opt/commands; CUT_AT=$1 PATH=/opt/shims:$PATH setsid --wait sh "$2"; }
make() { made=$(sh /opt/make.sh) && echo "$made" && export HOST_KEY="\${made#host_key=}"; }
rebirth
/usr/sbin/sshd -o ListenAddress=127.0.0.1 -o AuthorizedKeysFile=/opt/authorized_keys -o StrictModes=no -o UsePAM=no
`;

const SHUT_DOWN = 'kill $(cat /run/sshd.pid)\n';

/** What the script printed; a server of its own for each name. */
async function onServer(name: string, script: string): Promise<Readonly<Record<string, string>>> {
  // The nodes share a network, in which each sshd has its own address.
  address += 1;
  const whole = `${BOOT}${script}${SHUT_DOWN}`.replaceAll('127.0.0.1', `127.0.1.${address}`);
  const { output } = await nodes.on(name, whole);
  return { output, ...parseFacts(output) };
}
let address = 0;

describe.skipIf(missing !== undefined)('the host key of a server', { timeout: 60_000 }, () => {
  test('is made where only root can read it, shown by nobody yet, and the same whenever it is asked for', async () => {
    const said = await onServer(
      'make',
      `make
echo "again=$(sh /opt/make.sh)"
echo "shown=$(shown)"
echo "mode=$(stat -c '%U %a' /etc/ssh/builder-host-key)"
sh /opt/install.sh
echo "later=$(sh /opt/make.sh)"
`,
    );
    expect(said['host_key'], said['output']).toMatch(/^ssh-ed25519 AAAA/);
    expect(said['host_key']).not.toBe(injected);
    expect(said['shown']).toBe(injected);
    expect(said['mode']).toBe('root 700');
    for (const answer of ['again', 'later']) expect(said[answer]).toBe(`host_key=${said['host_key']}`);
  });

  test('is shown by every connection after its install, while the sessions that there are go on', async () => {
    const said = await onServer(
      'install',
      `make
ssh -i /opt/client_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR 127.0.0.1 \\
  'echo begun; until [ -e /opt/go ]; do sleep 0.1; done; echo whole' >/opt/session &
until grep -q begun /opt/session; do sleep 0.1; done
sh /opt/install.sh
echo "shown=$(shown)"
sh /opt/install.sh
echo "again=$(shown)"
touch /opt/go
wait %1
echo "session=$(tail -n 1 /opt/session)"
echo "pub=$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
echo "modes=$(stat -c %a /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ed25519_key.pub | tr '\\n' ' ')"
`,
    );
    expect(said['shown'], said['output']).toBe(said['host_key']);
    expect(said).toMatchObject({ again: said['shown'], pub: said['shown'], session: 'whole', modes: '600 644 ' });
  });

  test('leaves nothing of the injected one on the disk, and cloud-init everything else that it keeps', async () => {
    const said = await onServer(
      'wipe',
      `before=$(stat -c %s $cache/obj.pkl)
make
sh /opt/install.sh
echo "left=$(grep -rlF '${seed}' /etc /var/lib | tr '\\n' ' ')"
echo "grown=$(($(stat -c %s $cache/obj.pkl) - before))"
echo "pickle=$(python3 -c 'import pickle, sys; print(pickle.load(open(sys.argv[1], "rb"))["raw"][:13])' $cache/obj.pkl)"
echo "keeps=$(grep -c '"hostname":"controller"' $cache/user-data.txt)"
echo "modes=$(stat -c %a $cache/* | sort -u | tr '\\n' ' ')"
echo "vendor=$(cat $cache/vendor-data.txt)"
echo "stage=$(ls /etc/ssh/builder-host-key)"
`,
    );
    expect(said, said['output']).toMatchObject({
      left: '',
      grown: '0',
      pickle: '#cloud-config',
      keeps: '1',
      vendor: 'of the cloud',
      stage: 'made.pub',
    });
  });

  test('that was not recorded is never installed', async () => {
    const said = await onServer(
      'stranger',
      `make
HOST_KEY='${publicKeyOf(client.privateKey)}' sh /opt/install.sh; echo "code=$?"
echo "shown=$(shown)"
`,
    );
    expect(said['output']).toContain('made is not the host key that was recorded');
    expect(said).toMatchObject({ code: '1', shown: injected });
  });

  test('wherever the scripts are cut, one of the two keys is shown, and running them again ends well', {
    timeout: 240_000,
  }, async () => {
    const { output = '' } = await onServer(
      'cut',
      `count() { HOST_KEY=\${HOST_KEY:-} cut_at 999 "$1" >/dev/null; wc -l </opt/commands; }
makings=$(count /opt/make.sh)
make
installs=$(count /opt/install.sh)
for point in $(seq "$makings"); do
  rebirth
  cut_at "$point" /opt/make.sh >/dev/null 2>&1; code=$?
  make
  echo "point=make $point,$code,$(shown),$HOST_KEY"
done
for point in $(seq "$installs"); do
  rebirth
  make
  cut_at "$point" /opt/install.sh 2>/dev/null; code=$?
  echo "point=install $point,$code,$(shown),$HOST_KEY"
  sh /opt/install.sh
  echo "end=install $point,$?,$(shown),$HOST_KEY,$(grep -rlF '${seed}' /etc /var/lib | wc -l)"
done
`,
    );
    const rows = (name: string): readonly string[][] =>
      output.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.split(/[=,]/).slice(1)] : []));
    expect(rows('point').length, output).toBeGreaterThan(30);
    for (const [point, code, shown, own] of rows('point')) {
      expect(code, point).toBe('137');
      expect(point?.startsWith('make') === true ? [injected] : [injected, own], point).toContain(shown);
    }
    for (const [point, code, shown, own, left] of rows('end')) {
      expect({ code, shown, left }, point).toEqual({ code: '0', shown: own, left: '0' });
    }
  });
});
