/** What stack.sh did is taken back by the stand-in's unstack.sh, over a real sshd: the same server is stacked again as if it were new. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIGURE_GIT, INSTALL_OWN_PLUGIN } from '../../src/remote/commands/checkout.ts';
import { ownPluginFiles, RELEASE_FILE } from '../../src/remote/commands/devstack-plugin.ts';
import { SUMMARY_FILE } from '../../src/remote/commands/run-stack.ts';
import { UNSTACK } from '../../src/remote/commands/unstack.ts';
import { writeFiles } from '../../src/remote/commands/upload.ts';
import { WAITING } from '../../src/roles/waiting.ts';
import { findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { runOverSsh, succeedOn } from './ssh-nodes.ts';
import { whyNoSshd } from './sshd.ts';
import { localConf, openStandinNodes, stack } from './standin-nodes.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) process.stderr.write(`skipped: unstack.sh is run over a real sshd: ${missing}\n`);

const CONTROLLER = localConf('127.0.0.11', 'key,mysql,rabbit,n-api,n-cond,n-sch,placement-api,g-api,q-svc');
const HELD = `SERVICE_PASSWORD=service5ecret
BUILDER_WAIT_FOR=${RELEASE_FILE}
enable_plugin builder /opt/stack/builder`;
const COMPUTE = localConf('127.0.0.21', 'n-cpu,placement-client,q-ovn-agent,ovn-controller,tls-proxy', HELD);
const CA = '/opt/stack/data/CA';

let nodes: LocalNodes;

/** This machine's own packages are left alone. */
const NO_PACKAGES = `for program in dpkg apt-get; do
  printf '#!/bin/sh\\necho "%s $*" >>/opt/calls\\n' "$program" >/usr/local/bin/$program
  chmod +x /usr/local/bin/$program
done
`;

async function unstack(node: string, before = ''): Promise<NodeAnswer> {
  await succeedOn(nodes, node, `rm -f /opt/calls\n${NO_PACKAGES}`);
  return await runOverSsh(nodes, { node, address: '192.0.2.21' }, `${before}${UNSTACK}`);
}

function tell(node: string, script: string): Promise<string> {
  return succeedOn(nodes, node, script).then((output) => output.trim());
}

/** Whether there is such a file, by its name. */
function isThere(node: string, ...paths: readonly string[]): Promise<string> {
  return tell(node, paths.map((path) => `if [ -e ${path} ] || [ -L ${path} ]; then echo ${path}; fi`).join('\n'));
}

beforeAll(async () => {
  if (missing !== undefined) return;
  // It fails on this node where its agents start: late enough for all that is to be undone.
  nodes = await openStandinNodes({ fail: 'compute-1:Starting Nova*1' });
  expect((await stack(nodes, 'controller', CONTROLLER.replace('q-svc', 'q-svc,tls-proxy'))).code).toBe(0);
  const files = writeFiles('/opt/stack/.builder-plugin', ownPluginFiles(WAITING));
  const variables = 'export PLUGIN=builder UPLOADED=/opt/stack/.builder-plugin\n';
  const plugin = Buffer.from(`${variables}${CONFIGURE_GIT}${files}${INSTALL_OWN_PLUGIN}`).toString('base64');
  await tell('compute-1', `printf %s ${plugin} | base64 -d >/opt/plugin.sh; sh /opt/plugin.sh </dev/null`);
}, 120_000);
afterAll(() => nodes?.close());

// One server, so one after the other.
describe.skipIf(missing !== undefined)('a server whose stack.sh failed', { timeout: 120_000 }, () => {
  test('before anything was cloned: unstack.sh ends well all the same, and twice', async () => {
    const unanswered = COMPUTE.replace('DATABASE_PASSWORD=database5ecret\n', '');
    expect((await stack(nodes, 'compute-1', unanswered)).output).toContain('ENTER A PASSWORD TO USE FOR THE DATABASE.');
    await tell('compute-1', 'rm -f /etc/gitconfig');
    for (const _ of ['once', 'again']) {
      const { code, output } = await unstack('compute-1');
      expect(output, `exit ${code}`).toSatisfy(() => code === 0);
    }
    expect(await tell('compute-1', 'cat /opt/calls')).toBe(
      'dpkg --configure -a\napt-get -qq -y -o DPkg::Lock::Timeout=600 install',
    );
  });

  test('late: services, certificates and the word to go on are gone, nova’s identity and the checkout are not', async () => {
    await tell(
      'compute-1',
      `mkdir -p /etc/nova ${CA.replace('/CA', '')}
echo some-id >/etc/nova/compute_id
touch ${RELEASE_FILE}
chown -R stack:stack /opt/stack/data /etc/nova`,
    );
    const failed = await stack(nodes, 'compute-1', COMPUTE);
    expect(failed.code, failed.output.slice(-2000)).toBe(1);
    await tell('compute-1', 'sudo -u stack mkdir -p /opt/stack/data/nova/instances');
    const gone = [RELEASE_FILE, SUMMARY_FILE, `${CA}/root-ca`, '/opt/stack/data/nova', '/opt/stack/async'];
    expect(await isThere('compute-1', ...gone)).toBe(gone.join('\n'));
    expect(await tell('compute-1', 'git config --system --get-all safe.directory')).toBe('/opt/stack/nova');

    const { code, output } = await unstack('compute-1');
    expect(output, `exit ${code}`).toSatisfy(() => code === 0);
    expect(await isThere('compute-1', ...gone)).toBe('');
    expect(await tell('compute-1', 'git config --system --get-all safe.directory || echo none')).toBe('none');
    expect(await tell('compute-1', "ls /opt/stack/data/ | grep '^devstack@' || echo none")).toBe('none');
    const kept = ['/etc/nova/compute_id', '/opt/stack/devstack/local.conf', '/opt/stack/builder/devstack/plugin.sh'];
    expect(await isThere('compute-1', ...kept)).toBe(kept.join('\n'));
  });

  test('is stacked again when its certificates are back, waits for its release again, and joins the cloud', async () => {
    const packed = await tell('controller', `tar -C /opt/stack/data -cf - CA | base64 -w0`);
    await tell('compute-1', `printf %s '${packed}' | base64 -d | tar -C /opt/stack/data -xpf -`);
    const summary = `until grep -qs '${WAITING.begun}' ${SUMMARY_FILE}; do sleep 0.1; done
cp -L ${SUMMARY_FILE} /opt/held
touch ${RELEASE_FILE}`;
    const again = `cd /opt/stack/devstack
sudo -H -u stack ./stack.sh </dev/null &
${summary}
wait $!`;
    const { code, output } = await nodes.on('compute-1', again);
    expect(output.slice(-2000), `exit ${code}`).toSatisfy(() => code === 0);
    expect(await tell('compute-1', 'tail -n 1 /opt/held')).toContain(WAITING.begun);
    expect(await tell('compute-1', 'wc -l </var/log/standin-stack-runs')).toBe('3');
    const hosts = await nodes.asStack(
      'controller',
      './tools/discover_hosts.sh >/dev/null; nova-manage cell_v2 list_hosts',
    );
    expect(hosts.output).toContain('compute-1');
  });

  test('is left alone while a stack.sh is at work there', async () => {
    const running = `cd /opt && mkdir -p busy && cd busy && printf '#!/usr/bin/env bash\\nsleep 60\\n:\\n' >stack.sh && chmod 0755 stack.sh .
sudo -u stack ./stack.sh </dev/null >/dev/null 2>&1 &
until pgrep -u stack -f '^bash ./stack.sh$' >/dev/null; do sleep 0.1; done
`;
    const refused = await unstack('compute-1', running);
    expect(refused).toEqual({ code: 1, output: 'a stack.sh of before is still at work\n' });
    expect(await isThere('compute-1', SUMMARY_FILE)).toBe(SUMMARY_FILE);
  });
});
