/** What the programs of rehearsed servers print is what the builder's own steps accept, and refuse. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, StepContext } from '../../../../src/engine/step.ts';
import { publicHostKey } from '../../../../src/rehearsal/host-key.ts';
import { REMOTE_JOB_KINDS } from '../../../../src/rehearsal/operations.ts';
import type { JobSpec, RemoteNode } from '../../../../src/remote/remote.ts';
import { checkServer } from '../../../../src/steps/check-server.ts';
import { discoverHosts } from '../../../../src/steps/discover-hosts.ts';
import { checkMigrationSsh, makeMigrationKey } from '../../../../src/steps/migration-ssh.ts';
import type { StepPorts } from '../../../../src/steps/ports.ts';
import { installPackages, waitCloudInit } from '../../../../src/steps/prepare-node.ts';
import { runStack } from '../../../../src/steps/run-stack.ts';
import { MemorySink } from '../../../hosts/memory-sink.ts';
import { load } from '../../layout/small-layout.ts';
import { GLANCE, LANGUAGE, RehearsedNodes, spec } from './rehearsed-node.ts';

const CONTROLLER = '198.18.0.10';
const COMPUTE = '198.18.0.11';
const HOSTS = `${CONTROLLER} lab-controller|${COMPUTE} lab-compute-1`;
const LOCAL_CONF = `[[local|localrc]]
SERVICE_HOST=${CONTROLLER}
ADMIN_PASSWORD=adminWord
DATABASE_PASSWORD='dataWord'
NOVA_READY_TIMEOUT=240
disable_all_services
`;
const SERVICES = {
  controller: 'key,mysql,rabbit,n-api,g-api,q-svc,ovn-northd',
  compute: 'n-cpu,ovn-controller,q-ovn-agent',
};

const LAYOUT = 'version: 1\nname: one\ngroups:\n  lab-controller: {role: allinone}\n';

let nodes: RehearsedNodes;
/** What runs of stack.sh taught. */
let learned: JsonObject[];
let controller: string;
let compute: string;
beforeEach(() => {
  nodes = new RehearsedNodes();
  learned = [];
  controller = nodes.addServer('controller-server', CONTROLLER);
  compute = nodes.addServer('compute-server', COMPUTE);
});

function run(server: string, kind: string, env: JobSpec['env'] = {}): ReturnType<RehearsedNodes['finish']> {
  return nodes.finish(server, spec(`${kind}-g1-a1`, { env }));
}

function writeLocalConf(server: string, text: string): ReturnType<RehearsedNodes['finish']> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return run(server, 'write-local-conf', { LOCAL_CONF: Buffer.from(text).toString('base64'), SHA256: sha256 });
}

/** All that comes before stack.sh. */
function prepare(server: string, role: 'controller' | 'compute'): void {
  run(server, 'set-names', { NODE_NAME: role === 'controller' ? 'lab-controller' : 'lab-compute-1', HOSTS });
  run(server, 'create-stack-user');
  run(server, 'clone-devstack');
  writeLocalConf(server, `${LOCAL_CONF}ENABLED_SERVICES=${SERVICES[role]}\n`);
}

/** A step's view of one of the nodes; jobs run to their ends at once. */
function contextOf(server: string): StepContext<StepPorts> {
  const node = {
    runShortJob: async (job: JobSpec) => {
      const { output, code } = nodes.finish(server, job);
      return { verdict: 'exited', code, output, logBytes: 0, logSha256: '' };
    },
    runJob: async (job: JobSpec, sink: MemorySink) => {
      const { output, code } = nodes.finish(server, job);
      await sink.append(Buffer.from(output));
      return { verdict: 'exited', code, logBytes: output.length, logSha256: '' };
    },
    readFile: async (path: string, offset: number, limit: number) =>
      nodes.ask(server, LANGUAGE.readFile(path, offset, limit)).body,
  } as unknown as RemoteNode;
  const sink = Object.assign(new MemorySink(), {
    path: 'the log',
    close: async () => undefined,
    tail: async (bytes: number) => sink.bytes.subarray(-bytes).toString(),
  });
  return {
    generation: 1,
    attempt: 1,
    epoch: 1,
    signal: new AbortController().signal,
    report: () => undefined,
    outputOf: () => ({ address: '' }),
    findOutput: () => ({ hostKey: 'ssh-ed25519 AAAA' }),
    ports: {
      node: () => node,
      cluster: { layout: { devstack: { ref: 'master' } } },
      secrets: { get: () => '' },
      keys: { publicOf: () => '' },
      openLog: async () => sink,
      clock: {
        now: () => new Date(Date.parse('2026-03-01T12:00:00Z') + nodes.nowMs),
        // Whoever sleeps here only looks at the summary meanwhile.
        sleep: async (_ms: number, signal: AbortSignal) => {
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw signal.reason;
        },
      },
      cluster: { name: 'lab', layout: load(LAYOUT) },
      stackTimes: {
        list: () => [],
        record: (_kind: unknown, _step: unknown, times: JsonObject) => learned.push(times),
      },
    },
  } as unknown as StepContext<StepPorts>;
}

const access = { node: 'lab-controller', user: 'debian', access: 'fixed' } as const;

describe('a fresh server', () => {
  it('shows the facts of its image and flavor', async () => {
    expect(await checkServer.perform(contextOf(controller), { ...access, isForced: false })).toMatchObject({
      distro: 'debian',
      version: '12',
      init: 'systemd',
    });
  });

  it('waits for cloud-init only right after a boot', async () => {
    nodes.reboot(controller);
    const rebootedMs = nodes.nowMs;
    await waitCloudInit.perform(contextOf(controller), access);
    expect(nodes.nowMs - rebootedMs).toBeGreaterThanOrEqual(20_000);
    const calmMs = nodes.nowMs;
    run(controller, 'wait-cloud-init-again');
    expect(nodes.nowMs - calmMs).toBeLessThan(5_000);
  });

  it('installs packages in 20 to 40 seconds', async () => {
    const startedMs = nodes.nowMs;
    await installPackages.perform(contextOf(controller), access);
    expect(nodes.nowMs - startedMs).toBeGreaterThanOrEqual(20_000);
    expect(nodes.nowMs - startedMs).toBeLessThanOrEqual(40_000);
  });

  it('shows a new host key from its install on, and tells the same one before', () => {
    const shown = (): string => publicHostKey(nodes.world.server.get(controller)!.hostKey);
    const born = shown();
    const { output } = run(controller, 'make-host-key');
    const [, made = ''] = output.trim().split('=');
    expect(run(controller, 'make-host-key').output).toBe(output);
    expect(shown()).toBe(born);
    expect(nodes.finish(controller, spec('install-host-key-g1-a1', { env: { HOST_KEY: born } })).code).toBe(1);
    expect(nodes.finish(controller, spec('install-host-key-g1-a2', { env: { HOST_KEY: made } })).code).toBe(0);
    expect(shown()).toBe(made);
    expect(made).not.toBe(born);
  });

  it('answers the same migration keys whenever it is asked', async () => {
    const keys = await makeMigrationKey.perform(contextOf(controller), access);
    expect(keys.rootKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[\w+/]{43} root@/);
    expect(keys.hostKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[\w+/]{43}$/);
    expect(run(controller, 'make-migration-key').output).toContain(keys.rootKey);
    expect(run(compute, 'make-migration-key').output).not.toContain(keys.rootKey);
  });

  it('lets in the peers whose keys were trusted, by the names in its hosts file', async () => {
    prepare(controller, 'controller');
    const input = { ...access, peers: ['lab-compute-1'] };
    await expect(checkMigrationSsh.perform(contextOf(controller), input)).rejects.toMatchObject({
      message: expect.stringContaining('cannot log in to: lab-compute-1'),
    });
    run(compute, 'trust-migration-keys');
    expect(nodes.finish(controller, spec('check-migration-ssh-g1-a2', { env: { PEERS: 'lab-compute-1' } })).code).toBe(
      0,
    );
  });

  it.each(REMOTE_JOB_KINDS)('has a program for %s', (kind) => {
    expect(run(controller, kind).output).not.toContain('not executed');
  });

  it('says how much script it did not execute', () => {
    expect(nodes.finish(controller, spec('anything-g1-a1', { script: '12345' }))).toEqual({
      output: 'rehearsal: 5 bytes of script, not executed\n',
      code: 0,
    });
  });
});

describe('a script whose ground is missing fails as on a real server', () => {
  it('clones nothing before the user is there', () => {
    expect(run(controller, 'clone-devstack')).toMatchObject({ code: 2 });
  });

  it('writes no local.conf before the clone, and none that arrived changed', () => {
    expect(writeLocalConf(controller, LOCAL_CONF)).toMatchObject({ code: 2 });
    run(controller, 'create-stack-user');
    run(controller, 'clone-devstack');
    const env = { LOCAL_CONF: 'AAAA', SHA256: 'another' };
    expect(nodes.finish(controller, spec('write-local-conf-g1-a2', { env }))).toMatchObject({ code: 1 });
  });

  it('stacks nothing without a checkout, or without local.conf', () => {
    expect(nodes.finish(controller, spec('run-stack-g1'))).toMatchObject({ code: 2 });
    run(compute, 'create-stack-user');
    run(compute, 'clone-devstack');
    expect(nodes.finish(compute, spec('run-stack-g1'))).toMatchObject({ code: 1 });
  });
});

describe('stack.sh', () => {
  it('is done after some 1500 seconds on a controller and 600 on a compute, which is then mapped', async () => {
    prepare(controller, 'controller');
    prepare(compute, 'compute');
    const { seconds } = await runStack.perform(contextOf(controller), access);
    expect(seconds).toBeGreaterThanOrEqual(1_350);
    expect(seconds).toBeLessThanOrEqual(1_650);
    const computed = await runStack.perform(contextOf(compute), access);
    expect(computed.seconds).toBeGreaterThanOrEqual(540);
    expect(computed.seconds).toBeLessThanOrEqual(660);
    expect(await discoverHosts.perform(contextOf(controller), { ...access, hypervisors: ['lab-compute-1'] })).toEqual({
      mapped: ['lab-compute-1'],
    });
  });

  it('teaches what passed from each of its milestones to the next', async () => {
    prepare(controller, 'controller');
    const { seconds } = await runStack.perform(contextOf(controller), access);
    const [times = {}] = learned;
    expect(Object.keys(times).slice(1, 4)).toEqual([
      'Installing package prerequisites',
      'Starting RabbitMQ',
      'Installing OpenStack project source',
    ]);
    const wholeMs = Object.values(times).reduce((sum: number, ms) => sum + Number(ms), 0);
    expect(Math.abs(wholeMs - seconds * 1000)).toBeLessThan(1_000);
  });

  it('maps no hypervisor that was not stacked', async () => {
    prepare(controller, 'controller');
    await runStack.perform(contextOf(controller), access);
    const input = { ...access, hypervisors: ['lab-compute-1'] };
    await expect(discoverHosts.perform(contextOf(controller), input)).rejects.toMatchObject({
      message: expect.stringContaining('not mapped to a cell: lab-compute-1'),
    });
  });

  it('needs the keystone of its controller on a compute', async () => {
    prepare(compute, 'compute');
    await expect(runStack.perform(contextOf(compute), access)).rejects.toMatchObject({
      code: 'stack-failed',
      message: expect.stringContaining('did not register with the controller within 240 s'),
      details: { class: 'compute-not-registered', code: 124, isRetryable: true },
    });
  });

  it('may run beside its controller once that has come far enough', async () => {
    prepare(controller, 'controller');
    prepare(compute, 'compute');
    nodes.ask(controller, LANGUAGE.run(spec('run-stack-g1'), GLANCE));
    nodes.nowMs += 600_000;
    await expect(runStack.perform(contextOf(compute), access)).resolves.toBeDefined();
  });

  it.each([
    { faults: { isDiskFull: true }, name: 'disk-full' },
    { faults: { stack: { failsAt: 'keystone' } }, name: 'die' },
    { faults: { stack: { failsAt: 'Starting Nova', words: ['n-api did not start'] } }, name: 'service-start' },
    { faults: { stack: { failsAt: 'sources', words: ['E: Unable to locate package x'] } }, name: 'package-missing' },
  ])('dies so that the builder reads $name from its log', async ({ faults, name }) => {
    prepare(controller, 'controller');
    nodes.faults = { ...nodes.faults, ...faults };
    await expect(runStack.perform(contextOf(controller), access)).rejects.toMatchObject({
      code: name === 'disk-full' ? 'server-disk-full' : 'stack-failed',
      details: { class: name, code: 1, lines: expect.arrayContaining(['Error on exit']) },
      fix: expect.stringMatching(
        ['disk-full', 'package-missing'].includes(name)
          ? /another layout or option takes \.\/builder destroy lab first$/
          : /the same command again replaces this server and goes on$/,
      ),
    });
  });

  it('does not fail at a milestone that the node never comes to', async () => {
    prepare(controller, 'controller');
    nodes.faults = { ...nodes.faults, stack: { failsAt: 'Starting Horizon' } };
    await expect(runStack.perform(contextOf(controller), access)).resolves.toBeDefined();
  });

  it('is cut by a reboot at the milestone that was asked for', () => {
    prepare(controller, 'controller');
    nodes.faults = { ...nodes.faults, rebootAt: 'Starting Keystone' };
    nodes.ask(controller, LANGUAGE.run(spec('run-stack-g1'), GLANCE));
    nodes.nowMs += 2_000_000;
    const answer = nodes.ask(controller, LANGUAGE.tail('run-stack-g1', GLANCE));
    expect(answer.fields.get('state')).toBe('rebooted');
    const summary = nodes.ask(controller, LANGUAGE.readFile('/opt/stack/logs/stack.sh.log.summary', 0, 10_000)).body;
    expect(summary.toString()).toMatch(/Starting Keystone\n$/);
  });
});
