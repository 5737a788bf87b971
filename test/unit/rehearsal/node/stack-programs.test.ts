/** What stack.sh and the programs after it print on rehearsed servers is what the builder's own steps accept, and refuse. */
import { beforeEach, describe, expect, it } from 'vitest';
import { discoverHosts } from '../../../../src/steps/discover-hosts.ts';
import { runStack } from '../../../../src/steps/run-stack.ts';
import { createVhosts, stopIdleTwins } from '../../../../src/steps/split-api.ts';
import { unstack } from '../../../../src/steps/unstack.ts';
import { access, CONTROLLER, Lab } from './lab.ts';
import { GLANCE, LANGUAGE, spec } from './rehearsed-node.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});

describe('stack.sh', () => {
  it('is done after some 1500 seconds on a controller and 600 on a compute, which is then mapped', async () => {
    lab.prepare(lab.controller, 'controller');
    lab.prepare(lab.compute, 'compute');
    const { seconds } = await runStack.perform(lab.contextOf(lab.controller), access);
    expect(seconds).toBeGreaterThanOrEqual(1_350);
    expect(seconds).toBeLessThanOrEqual(1_650);
    const computed = await runStack.perform(lab.contextOf(lab.compute), access);
    expect(computed.seconds).toBeGreaterThanOrEqual(540);
    expect(computed.seconds).toBeLessThanOrEqual(660);
    expect(
      await discoverHosts.perform(lab.contextOf(lab.controller), {
        ...access,
        hypervisors: ['lab-compute-1'],
        cells: {},
      }),
    ).toEqual({
      mapped: ['lab-compute-1'],
    });
  });

  it('teaches what passed from each of its milestones to the next', async () => {
    lab.prepare(lab.controller, 'controller');
    const { seconds } = await runStack.perform(lab.contextOf(lab.controller), access);
    const [times = {}] = lab.learned;
    expect(Object.keys(times).slice(1, 4)).toEqual([
      'Installing package prerequisites',
      'Starting RabbitMQ',
      'Installing OpenStack project source',
    ]);
    const wholeMs = Object.values(times).reduce((sum: number, ms) => sum + Number(ms), 0);
    expect(Math.abs(wholeMs - seconds * 1000)).toBeLessThan(1_000);
  });

  it('maps a hypervisor to the cell that its own local.conf named, fake ones too', async () => {
    lab.prepare(lab.controller, 'controller', 'NOVA_NUM_CELLS=2\n');
    await runStack.perform(lab.contextOf(lab.controller), access);
    lab.prepare(lab.compute, 'compute', 'NOVA_CPU_CELL=2\nVIRT_DRIVER=fake\nNUMBER_FAKE_NOVA_COMPUTE=2\n');
    await runStack.perform(lab.contextOf(lab.compute), access);
    const hypervisors = ['lab-compute-11', 'lab-compute-12'];
    const discover = (place: string, attempt: number) => {
      const cells = Object.fromEntries(hypervisors.map((name) => [name, place]));
      const context = Object.assign(lab.contextOf(lab.controller), { attempt });
      return discoverHosts.perform(context, { ...access, hypervisors, cells });
    };
    expect(await discover('cell2', 1)).toEqual({ mapped: hypervisors });
    await expect(discover('cell1', 2)).rejects.toMatchObject({
      message: expect.stringContaining('lab-compute-11 is not mapped to cell1, but to cell2/lab-compute-11'),
    });
  });

  it('makes vhosts and stops idle twins on lab.nodes that were stacked', async () => {
    const input = { ...access, vhosts: ['nova_cell1'] };
    await expect(createVhosts.perform(lab.contextOf(lab.controller), input)).rejects.toMatchObject({
      message: expect.stringContaining('rabbitmqctl: not found'),
    });
    expect(await stopIdleTwins.perform(lab.contextOf(lab.controller), access)).toEqual({});
    lab.prepare(lab.controller, 'controller');
    await runStack.perform(lab.contextOf(lab.controller), access);
    const again = Object.assign(lab.contextOf(lab.controller), { attempt: 2 });
    expect(await createVhosts.perform(again, input)).toEqual({});
    expect(await stopIdleTwins.perform(again, access)).toEqual({});
  });

  it('maps no hypervisor that was not stacked', async () => {
    lab.prepare(lab.controller, 'controller');
    await runStack.perform(lab.contextOf(lab.controller), access);
    const input = { ...access, hypervisors: ['lab-compute-1'], cells: {} };
    await expect(discoverHosts.perform(lab.contextOf(lab.controller), input)).rejects.toMatchObject({
      message: expect.stringContaining('not mapped to a cell: lab-compute-1'),
    });
  });

  it('needs the keystone of its controller on a compute', async () => {
    lab.prepare(lab.compute, 'compute');
    await expect(runStack.perform(lab.contextOf(lab.compute), access)).rejects.toMatchObject({
      code: 'stack-failed',
      message: expect.stringContaining('did not register with the controller within 240 s'),
      details: { class: 'compute-not-registered', code: 124, isRetryable: true },
    });
  });

  it('may run beside its controller once that has come far enough', async () => {
    lab.prepare(lab.controller, 'controller');
    lab.prepare(lab.compute, 'compute');
    lab.nodes.ask(lab.controller, LANGUAGE.run(spec('run-stack-g1'), GLANCE));
    lab.nodes.nowMs += 600_000;
    await expect(runStack.perform(lab.contextOf(lab.compute), access)).resolves.toBeDefined();
  });

  it('may be held since before its controller had a server, and needs it once it is released', async () => {
    const address = '198.18.0.99';
    lab.prepare(lab.compute, 'compute', `SERVICE_HOST=${address}\nBUILDER_WAIT_FOR=/opt/stack/released\n`);
    lab.nodes.ask(lab.compute, LANGUAGE.run(spec('run-stack-g1'), GLANCE));
    const late = lab.nodes.addServer('late-controller', address);
    lab.prepare(late, 'controller', `SERVICE_HOST=${address}\n`);
    lab.nodes.finish(late, spec('run-stack-g1'));
    lab.run(lab.compute, 'release-stack');
    await expect(runStack.perform(lab.contextOf(lab.compute), access)).resolves.toBeDefined();
  });

  it.each([
    { faults: { isDiskFull: true }, name: 'disk-full' },
    { faults: { stack: { failsAt: 'keystone' } }, name: 'die' },
    { faults: { stack: { failsAt: 'Starting Nova', words: ['n-api did not start'] } }, name: 'service-start' },
    { faults: { stack: { failsAt: 'sources', words: ['E: Unable to locate package x'] } }, name: 'package-missing' },
  ])('dies so that the builder reads $name from its log', async ({ faults, name }) => {
    lab.prepare(lab.controller, 'controller');
    lab.nodes.faults = { ...lab.nodes.faults, ...faults };
    await expect(runStack.perform(lab.contextOf(lab.controller), access)).rejects.toMatchObject({
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
    lab.prepare(lab.controller, 'controller');
    lab.nodes.faults = { ...lab.nodes.faults, stack: { failsAt: 'Starting Horizon' } };
    await expect(runStack.perform(lab.contextOf(lab.controller), access)).resolves.toBeDefined();
  });

  it('leaves nothing when unstack.sh has taken it back, and comes to its end the next time', async () => {
    lab.prepare(lab.controller, 'controller');
    const address = `SERVICE_HOST=${CONTROLLER}\n`;
    lab.prepare(lab.compute, 'compute', address);
    await runStack.perform(lab.contextOf(lab.controller), access);
    lab.nodes.faults = { ...lab.nodes.faults, stack: { failsAt: 'sources', words: ['E: Failed to fetch x'] } };
    await expect(runStack.perform(lab.contextOf(lab.compute), access)).rejects.toMatchObject({ code: 'stack-failed' });
    const summary = () =>
      lab.nodes.ask(lab.compute, LANGUAGE.readFile('/opt/stack/logs/stack.sh.log.summary', 0, 1000));
    expect(summary().body.toString()).toContain('Installing package prerequisites');
    lab.nodes.faults = { ...lab.nodes.faults, stack: null };
    await unstack.perform(lab.contextOf(lab.compute), { ...access, restack: 1, cause: 'stack-failed' });
    expect(summary().body.toString()).not.toContain('Installing');
    const again = runStack.perform(lab.contextOf(lab.compute), { ...access, restack: 1 });
    await expect(again).resolves.toMatchObject({ waitedSeconds: 0 });
    // What it took says nothing of a first run.
    expect(lab.learned).toHaveLength(1);
  });

  it('cannot be taken back where DevStack is not', async () => {
    const input = { ...access, restack: 1, cause: 'job-lost' };
    await expect(unstack.perform(lab.contextOf(lab.compute), input)).rejects.toMatchObject({
      code: 'job-failed',
      disposition: 'terminal',
    });
  });

  it('is cut by a reboot at the milestone that was asked for', () => {
    lab.prepare(lab.controller, 'controller');
    lab.nodes.faults = { ...lab.nodes.faults, rebootAt: 'Starting Keystone' };
    lab.nodes.ask(lab.controller, LANGUAGE.run(spec('run-stack-g1'), GLANCE));
    lab.nodes.nowMs += 2_000_000;
    const answer = lab.nodes.ask(lab.controller, LANGUAGE.tail('run-stack-g1', GLANCE));
    expect(answer.fields.get('state')).toBe('rebooted');
    const summary = lab.nodes.ask(
      lab.controller,
      LANGUAGE.readFile('/opt/stack/logs/stack.sh.log.summary', 0, 10_000),
    ).body;
    expect(summary.toString()).toMatch(/Starting Keystone\n$/);
  });
});
