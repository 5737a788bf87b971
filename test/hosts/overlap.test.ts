/** A compute that is stacked beside its controller by the stand-in: held by our own plugin, released by our own script. */
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CONFIGURE_GIT, INSTALL_OWN_PLUGIN } from '../../src/remote/commands/checkout.ts';
import { ownPluginFiles, RELEASE_FILE } from '../../src/remote/commands/devstack-plugin.ts';
import { RELEASE_STACK } from '../../src/remote/commands/run-stack.ts';
import { writeFiles } from '../../src/remote/commands/upload.ts';
import { WAITING } from '../../src/roles/waiting.ts';
import { findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { localConf, onStandinNodes, stack } from './standin-nodes.ts';

const missing = findMissingForNodes();
if (missing !== undefined) {
  process.stderr.write(`skipped: the overlap of stack.sh needs root, namespaces and sudo: ${missing}\n`);
}

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'overlap-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

const CONTROLLER = localConf('127.0.0.11', 'key,mysql,rabbit,n-api,n-cond,n-sch,placement-api,g-api');
const HELD = `SERVICE_PASSWORD=service5ecret
BUILDER_WAIT_FOR=${RELEASE_FILE}
enable_plugin builder /opt/stack/builder`;
const COMPUTE = localConf('127.0.0.21', 'n-cpu,placement-client', HELD);

function runSh(nodes: LocalNodes, name: string, script: string): Promise<NodeAnswer> {
  const encoded = Buffer.from(script).toString('base64');
  return nodes.on(name, `printf %s '${encoded}' | base64 -d >/opt/script.sh; sh /opt/script.sh </dev/null`);
}

async function installPlugin(nodes: LocalNodes, name: string): Promise<void> {
  const files = writeFiles('/opt/stack/.builder-plugin', ownPluginFiles(WAITING));
  const variables = 'export PLUGIN=builder UPLOADED=/opt/stack/.builder-plugin\n';
  const { code, output } = await runSh(nodes, name, `${variables}${CONFIGURE_GIT}${files}${INSTALL_OWN_PLUGIN}`);
  expect(output, `exit ${code}`).toSatisfy(() => code === 0);
}

/** Of a summary, without their stamps. */
function linesOf(summary: string): readonly string[] {
  return summary
    .trim()
    .split('\n')
    .map((line) => line.replace(/^.* \| /, ''));
}

async function summaryOf(nodes: LocalNodes, name: string): Promise<readonly string[]> {
  return linesOf((await nodes.on(name, `cat ${SUMMARY}`)).output);
}

const SUMMARY = '/opt/stack/logs/stack.sh.log.summary';

/** Nothing else may enter a node while its stack.sh runs: so all that is done there meanwhile is one script, steered by files in `folder`. */
function stackHeld(nodes: LocalNodes, name: string, conf: string, folder: string): Promise<NodeAnswer> {
  return nodes.on(
    name,
    `cd /opt/stack/devstack
printf %s '${Buffer.from(conf).toString('base64')}' | base64 -d >local.conf
chown stack:stack local.conf
sudo -H -u stack ./stack.sh </dev/null &
until grep -qs '${WAITING.begun}' ${SUMMARY}; do sleep 0.1; done
cp ${SUMMARY} ${folder}/held
until [ -e ${folder}/release ]; do sleep 0.1; done
cp ${SUMMARY} ${folder}/still
printf %s '${Buffer.from(RELEASE_STACK).toString('base64')}' | base64 -d >/opt/release.sh
sh /opt/release.sh </dev/null
wait $!`,
  );
}

async function waitForFile(path: string): Promise<void> {
  await vi.waitFor(() => access(path), { timeout: 60_000, interval: 100 });
}

describe.skipIf(missing !== undefined)('a compute beside its controller', { timeout: 90_000 }, () => {
  test('has its sources and waits, configures nothing before it is released, and then completes with the controller', () =>
    onStandinNodes({}, async (nodes) => {
      await installPlugin(nodes, 'compute-1');
      const computed = stackHeld(nodes, 'compute-1', COMPUTE, place);
      await waitForFile(join(place, 'held'));
      expect((await stack(nodes, 'controller', CONTROLLER)).code).toBe(0);
      await writeFile(join(place, 'release'), '');
      const { code, output } = await computed;
      expect(output.slice(-2000), `exit ${code}`).toSatisfy(() => code === 0);
      const held = await readFile(join(place, 'held'), 'utf8');
      expect(linesOf(held).slice(-2)).toEqual(['Installing OpenStack project source', WAITING.begun]);
      // Nobody had released it: it waited on, whatever the controller was.
      expect(await readFile(join(place, 'still'), 'utf8')).toBe(held);
      expect((await summaryOf(nodes, 'compute-1')).slice(linesOf(held).length)).toEqual([
        WAITING.over,
        'Configuring Nova',
        'Starting Nova',
        expect.stringMatching(/^stack\.sh completed in \d+ seconds\.$/),
      ]);
      const { output: hosts } = await nodes.asStack(
        'controller',
        './tools/discover_hosts.sh >/dev/null; nova-manage cell_v2 list_hosts',
      );
      expect(hosts).toContain('compute-1');
    }));

  test('that is released before it comes to wait does not wait at all', () =>
    onStandinNodes({}, async (nodes) => {
      expect((await stack(nodes, 'controller', CONTROLLER)).code).toBe(0);
      await installPlugin(nodes, 'compute-1');
      await runSh(nodes, 'compute-1', RELEASE_STACK);
      expect((await stack(nodes, 'compute-1', COMPUTE)).code).toBe(0);
      expect(await summaryOf(nodes, 'compute-1')).toEqual(expect.arrayContaining([WAITING.begun, WAITING.over]));
    }));
});
