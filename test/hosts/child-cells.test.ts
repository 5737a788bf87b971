/** A cell with a node of its own: our plugin in real runs of the stand-in's stack.sh, its repeats, and verify's look at what came of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planNodes } from '../../src/layout/nodes.ts';
import { ASK_CLOUD, QUESTIONS } from '../../src/remote/commands/ask-cloud.ts';
import { CONFIGURE_GIT, INSTALL_OWN_PLUGIN } from '../../src/remote/commands/checkout.ts';
import { ownPluginFiles } from '../../src/remote/commands/devstack-plugin.ts';
import { DISCOVER_HOSTS } from '../../src/remote/commands/discover-hosts.ts';
import { writeFiles } from '../../src/remote/commands/upload.ts';
import { renderLocalConf } from '../../src/roles/local-conf.ts';
import { fillSecrets } from '../../src/roles/secrets.ts';
import { WAITING } from '../../src/roles/waiting.ts';
import { expectCloud } from '../../src/verify/expectation.ts';
import { chooseChecks, judgeCloud, planQuestions } from '../../src/verify/index.ts';
import { parseAnswers, readFacts } from '../../src/verify/read-answers.ts';
import { findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { load } from '../unit/layout/small-layout.ts';
import { onStandinNodes, stack } from './standin-nodes.ts';

const missing = findMissingForNodes();
if (missing !== undefined) {
  process.stderr.write(`skipped: cells with nodes of their own need root, namespaces and sudo: ${missing}\n`);
}

const layout = load(`version: 1
name: cells
cells: {count: 2}
groups:
  child2: {role: child-cell, cell: 2}
  controller: {role: controller, compute: true}
  hv2: {role: compute, cell: 2, fake_hypervisors: 2}
`);
const addresses = new Map([
  ['child2', '192.0.2.12'],
  ['controller', '192.0.2.11'],
  ['hv2-1', '192.0.2.21'],
]);
const CHECKS = ['services', 'compute-services', 'hypervisors', 'joined'];

let nodes: LocalNodes;
let finish: () => void;
let ended: Promise<void>;

/** As the agent does it: the script in a file, run by sh as root, its variables exported. */
function run(node: string, script: string, env: Readonly<Record<string, string>>): Promise<NodeAnswer> {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  const encoded = Buffer.from(script).toString('base64');
  return nodes.on(
    node,
    `${exports.join('')}printf %s '${encoded}' | base64 -d >/opt/script; sh /opt/script </dev/null`,
  );
}

async function succeed(answer: Promise<NodeAnswer>): Promise<string> {
  const { code, output } = await answer;
  expect(output, `exit ${code}`).toSatisfy(() => code === 0);
  return output;
}

async function build(name: string, change: (conf: string) => string = (conf) => conf): Promise<NodeAnswer> {
  const node = planNodes(layout).find((one) => one.name === name)!;
  const install = `${CONFIGURE_GIT}${writeFiles('/opt/uploaded', ownPluginFiles(WAITING))}${INSTALL_OWN_PLUGIN}`;
  await succeed(run(name, install, { PLUGIN: 'builder', UPLOADED: '/opt/uploaded' }));
  const conf = fillSecrets(
    renderLocalConf({ layout, node, addresses, mtu: 1450 }),
    (secret) => `${secret.replaceAll('_', '')}5`,
  );
  return stack(nodes, name, change(conf));
}

/** The plugin's phase once more on a stacked node, as DevStack sources it there. */
function repeatPhase(cells: string): Promise<NodeAnswer> {
  return nodes.asStack(
    'controller',
    `TOP_DIR=$PWD RC_DIR=$PWD
source functions; source stackrc; source lib/services
set -o errexit -o xtrace
BUILDER_REMOTE_CELLS="${cells}"
source /opt/stack/builder/devstack/plugin.sh stack post-config
echo through`,
  );
}

beforeAll(async () => {
  if (missing !== undefined) return;
  await new Promise<void>((resolve, reject) => {
    ended = onStandinNodes({}, async (made) => {
      nodes = made;
      const held = new Promise<void>((end) => {
        finish = end;
      });
      resolve();
      await held;
    });
    ended.catch(reject);
  });
  for (const address of addresses.values()) await succeed(nodes.on('child2', `ip address add ${address}/32 dev lo`));
}, 60_000);
afterAll(async () => {
  finish?.();
  await ended;
});

// One cloud that grows, so one after the other.
describe.skipIf(missing !== undefined)('a cell with a node of its own', { timeout: 120_000 }, () => {
  test('has no conductor without its database, so its stack.sh fails without the plugin', async () => {
    const failed = await build('child2', (conf) => conf.replace(/^enable_plugin .*\n/m, ''));
    expect(failed.output).toContain("n-cond-cell2 did not start: (1049, Unknown database 'nova_cell2')");
    expect(failed.code).toBe(1);
  });

  test('is stacked before there is an API: its database, its vhost and its conductor alone', async () => {
    await succeed(build('child2'));
    const { output } = await nodes.on('child2', 'cd /opt/stack/data; ls standin-mysql; ls -d devstack@*.pid');
    expect(output.trim().split('\n')).toEqual(['nova_cell2', 'devstack@n-cond-cell2.pid']);
    expect((await nodes.on('child2', 'rabbitmqctl -q list_vhosts name')).output).toContain('nova_cell2');
  });

  test('is told to nova on the node with the APIs, without a password in the trace of ours', async () => {
    await succeed(build('controller'));
    const listed = await succeed(nodes.asStack('controller', 'nova-manage cell_v2 list_cells'));
    expect(listed).toMatch(/ cell1 .*@192\.0\.2\.11:5672\/nova_cell1 .*@192\.0\.2\.11\/nova_cell1\?charset=utf8 /);
    expect(listed).toMatch(/ cell2 .*@192\.0\.2\.12:5672\/nova_cell2 .*@192\.0\.2\.12\/nova_cell2\?charset=utf8 /);
    const log = (await nodes.on('controller', 'cat /opt/stack/logs/stack.sh.log')).output.split('\n');
    expect(log.filter((line) => line.includes('builder_map_cell 2 192.0.2.12'))).toHaveLength(1);
    expect(log.filter((line) => line.includes('create_cell') || /rabbit:.*rabbitpassword5/.test(line))).toEqual([]);
  });

  test('has its hypervisors mapped to it, and verify finds all of it in order', async () => {
    await succeed(build('hv2-1'));
    const env = {
      EXPECTED: 'controller hv2-11 hv2-12',
      CELLS: 'cell1/controller cell2/hv2-11 cell2/hv2-12',
      LOOKS: '5',
    };
    await succeed(run('controller', DISCOVER_HOSTS, env));
    const expected = expectCloud(layout, addresses);
    const questions = planQuestions(chooseChecks(CHECKS, []), expected);
    const answers = new Map<string, { known: ReturnType<typeof parseAnswers> }>();
    for (const node of addresses.keys()) {
      const asked = await succeed(run(node, ASK_CLOUD, { QUESTIONS: (questions.get(node) ?? QUESTIONS).join(' ') }));
      answers.set(node, { known: parseAnswers(asked) });
    }
    const facts = readFacts(answers, 'controller', 'controller', { unknown: 'nobody tried' });
    const results = judgeCloud(chooseChecks(CHECKS, []), facts, expected);
    expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(results.map(({ check, node }) => `${check} ${node}`)).toContain('services child2');
  });

  test('may be told again, but another cell of its name, queue or database ends the run', async () => {
    expect(await succeed(repeatPhase('2=192.0.2.12'))).toMatch(/already exists(.|\n)*\nthrough\n$/);
    const url = 'mysql+pymysql://root:databasepassword5@192.0.2.99/nova_cell3?charset=utf8';
    const queue = 'rabbit://stackrabbit:rabbitpassword5@192.0.2.13:5672/nova_cell3';
    await succeed(
      nodes.asStack(
        'controller',
        `nova-manage cell_v2 create_cell --name cell3 --transport-url '${queue}' --database_connection '${url}'`,
      ),
    );
    const refused = await repeatPhase('3=192.0.2.13');
    expect(refused.output).toContain('nova could not be told of cell3 on 192.0.2.13');
    expect(refused.output).not.toMatch(/through|password5/);
    expect(refused.code).toBe(1);
  });
});
