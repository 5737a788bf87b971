/** Our DevStack plugin, installed by its own step's script and sourced by a real bash as DevStack does it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StepContext } from '../../src/engine/step.ts';
import { CONFIGURE_GIT } from '../../src/remote/commands/checkout.ts';
import { RELEASE_FILE } from '../../src/remote/commands/devstack-plugin.ts';
import { CREATE_STACK_USER } from '../../src/remote/commands/stack-user.ts';
import { installBuilderPlugin } from '../../src/steps/checkout-devstack.ts';
import type { StepPorts } from '../../src/steps/ports.ts';
import { createLocalNodes, findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';

const missing = findMissingForNodes();
if (missing !== undefined) {
  process.stderr.write(`skipped: our DevStack plugin needs root, namespaces and sudo: ${missing}\n`);
}

let folder: string;
let nodes: LocalNodes;

/** The script of the step itself, as its remote job is given it. */
async function installScript(): Promise<string> {
  let script = '';
  const node = {
    runShortJob: async (spec: { script: string; env: Readonly<Record<string, string>> }) => {
      const env = Object.entries(spec.env).map(([name, value]) => `export ${name}='${value}'\n`);
      script = `${env.join('')}${spec.script}`;
      return { verdict: 'exited', code: 0, output: '' };
    },
  };
  const log = { restart: async () => undefined, append: async () => undefined, end: async () => undefined };
  const ports = {
    node: () => node,
    keys: { publicOf: () => '' },
    secrets: { get: () => '' },
    openLog: async () => Object.assign(log, { close: async () => undefined }),
  };
  const context = { ports, generation: 1, findOutput: () => null, outputOf: () => ({ address: '' }) };
  const input = { node: 'a', user: 'debian', access: 'fixed' } as const;
  await installBuilderPlugin.perform(context as unknown as StepContext<StepPorts>, input);
  return script;
}

function runSh(name: string, script: string): Promise<NodeAnswer> {
  const encoded = Buffer.from(script).toString('base64');
  return nodes.on(name, `printf %s '${encoded}' | base64 -d >/opt/script.sh; sh /opt/script.sh </dev/null`);
}

/** Sources the plugin in a phase as stack.sh does: errexit and a trace are on, the summary goes elsewhere. */
function phase(words: string, before = ''): string {
  return `cat >/opt/phase.sh <<'END'
set -o errexit
set -o xtrace
function echo_summary {
  echo "$@" >>/opt/summary
}
${before}
source /opt/stack/builder/devstack/plugin.sh ${words}
echo_summary after
END
rm -f /opt/summary
bash /opt/phase.sh`;
}

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'own-plugin-'));
  await writeFile(join(folder, 'README'), 'a checkout of nothing\n');
  nodes = await createLocalNodes(folder);
  const made = await runSh('a', `${CREATE_STACK_USER}${CONFIGURE_GIT}`);
  expect(made.output, `exit ${made.code}`).toSatisfy(() => made.code === 0);
});
afterAll(async () => {
  await nodes?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe.skipIf(missing !== undefined)('our plugin', { timeout: 60_000 }, () => {
  test('is a repository of one commit that can be fetched from, however often it is installed, and nothing is released', async () => {
    const script = await installScript();
    await nodes.on('a', `touch ${RELEASE_FILE}`);
    await runSh('a', script);
    const { output } = await runSh(
      'a',
      `${script}
cd /opt/stack/builder
runuser -u stack -- git rev-list --count HEAD
runuser -u stack -- git fetch -q origin
runuser -u stack -- git rev-list --count origin/master
stat -c '%U %a' devstack/plugin.sh
ls -d ${RELEASE_FILE} 2>/dev/null || echo 'not released'`,
    );
    expect(output.trim().split('\n').slice(-4)).toEqual(['1', '1', 'stack 644', 'not released']);
  });

  test('holds stack.sh where its sources are there, without a word in the trace, and lets it go on when it is released', async () => {
    await runSh('a', await installScript());
    const held = `${phase('stack install', `BUILDER_WAIT_FOR=${RELEASE_FILE}`)} >/opt/trace 2>&1 &
until grep -q Waiting /opt/summary 2>/dev/null; do sleep 0.1; done
sleep 3
cat /opt/summary
echo --
wc -l </opt/trace
touch ${RELEASE_FILE}
wait
cat /opt/summary
wc -l </opt/trace
tail -n 1 /opt/trace`;
    const { output } = await nodes.on('a', held);
    const [before = '', after = ''] = output.trim().split('--\n');
    expect(before).toBe('Waiting for other nodes\n');
    const [traced, ...rest] = after.split('\n');
    expect(rest.slice(0, 3)).toEqual(['Waiting for other nodes', 'Other nodes are ready', 'after']);
    // The trace is back, and grew by what comes after the waiting only.
    expect(Number(rest[3]) - Number(traced)).toBeLessThan(10);
    expect(rest[4]).toContain('echo after');
  });

  test.each([
    ['in other phases', 'stack pre-install', `BUILDER_WAIT_FOR=${RELEASE_FILE}`],
    ['where stack.sh undoes', 'unstack', `BUILDER_WAIT_FOR=${RELEASE_FILE}`],
    ['where it has nothing to wait for', 'stack install', ''],
  ])('does nothing %s', async (_where, words, before) => {
    await runSh('a', await installScript());
    const { output, code } = await nodes.on('a', `${phase(words, before)} 2>/dev/null; cat /opt/summary`);
    expect([code, output]).toEqual([0, 'after\n']);
  });
});
