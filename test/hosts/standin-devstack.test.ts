/** The stand-in's stack.sh really run, on nodes of namespaces: what a caller of the real one relies on. */
import { describe, expect, test } from 'vitest';
import { classifyStackFailure } from '../../src/roles/stack-failure.ts';
import { findMissingForNodes, type LocalNodes } from '../standin-devstack/nodes.ts';
import type { StandinOptions } from '../standin-devstack/serve.ts';
import { localConf, onStandinNodes, stack } from './standin-nodes.ts';

const missing = findMissingForNodes();
if (missing !== undefined) {
  process.stderr.write(`skipped: the stand-in's stack.sh needs root, namespaces and sudo: ${missing}\n`);
}

const controllerServices =
  'key,mysql,rabbit,n-api,n-cond,n-sch,n-cpu,placement-api,g-api,q-svc,q-ovn-agent,ovn-controller';
const controllerConf = localConf('127.0.0.11', controllerServices);
const computeServices = 'n-cpu,placement-client,q-ovn-agent,ovn-controller';
const computeConf = localConf('127.0.0.21', computeServices);

async function readSummary(nodes: LocalNodes, name: string): Promise<string[]> {
  const { output } = await nodes.on(name, 'cat /opt/stack/logs/stack.sh.log.summary');
  return output
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \| /, ''));
}

describe.skipIf(missing !== undefined).concurrent('stack.sh of the stand-in', { timeout: 60_000 }, () => {
  function testOnNodes(title: string, options: StandinOptions, body: (nodes: LocalNodes) => Promise<void>): void {
    test(title, () => onStandinNodes(options, body));
  }

  testOnNodes('a controller and a compute become one cloud, once the compute is discovered', {}, async (nodes) => {
    const first = await stack(nodes, 'controller', controllerConf);
    expect(first.output).toContain('The password: admin5ecret');
    expect(first.code).toBe(0);
    expect(await readSummary(nodes, 'controller')).toEqual([
      expect.stringMatching(/^stack\.sh log \/opt\/stack\/logs\/stack\.sh\.log\.\d{4}-\d\d-\d\d-\d{6}$/),
      'Installing package prerequisites',
      'Starting RabbitMQ',
      'Installing OpenStack project source',
      'Configuring and starting MySQL',
      'Starting Keystone',
      'Configuring Glance',
      'Configuring Neutron',
      'Configuring placement',
      'Configuring Nova',
      'Starting Nova API',
      'Starting OVN services',
      'Starting Neutron',
      'Starting Placement',
      'Creating initial neutron network elements',
      'Starting Nova',
      'Starting Glance',
      'Uploading images',
      expect.stringMatching(/^stack\.sh completed in \d+ seconds\.$/),
    ]);
    expect((await stack(nodes, 'compute-1', computeConf)).code).toBe(0);

    const hosts = 'nova-manage cell_v2 list_hosts';
    expect((await nodes.asStack('controller', hosts)).output).not.toContain('compute-1');
    expect((await nodes.asStack('controller', './tools/discover_hosts.sh')).output).toContain(
      'Found 1 unmapped computes in cell: ',
    );
    expect((await nodes.asStack('controller', './tools/discover_hosts.sh')).output).toContain(
      'Found 0 unmapped computes in cell: ',
    );
    expect((await nodes.asStack('controller', hosts)).output).toMatch(/cell1 .*compute-1/);
    const listed = await nodes.asStack(
      'controller',
      'OS_CLOUD=devstack-admin openstack compute service list --service nova-compute -f json',
    );
    expect(JSON.parse(listed.output)).toMatchObject([
      { Host: 'controller', State: 'up' },
      { Host: 'compute-1', State: 'up' },
    ]);
    const agents = await nodes.asStack('controller', 'openstack --os-cloud devstack-admin network agent list -f json');
    expect(JSON.parse(agents.output)).toHaveLength(4);
    expect((await nodes.asStack('controller', '/opt/stack/data/venv/bin/nova-status upgrade check')).code).toBe(0);

    // A second run starts over: what computes had registered is gone, as with the real one's new databases.
    expect((await nodes.asStack('controller', './unstack.sh')).code).toBe(0);
    expect((await nodes.on('controller', 'ps axo args')).output).not.toContain('standin/api.py');
    expect((await stack(nodes, 'controller', controllerConf)).code).toBe(0);
    expect((await nodes.asStack('controller', './tools/discover_hosts.sh')).output).toContain(
      'Found 0 unmapped computes',
    );
    expect((await nodes.asStack('controller', hosts)).output).not.toContain('compute-1');
    const runs = (await nodes.on('controller', 'cat /var/log/standin-stack-runs')).output.trim().split('\n');
    expect(runs).toEqual([
      expect.stringContaining(` controller ${controllerServices}`),
      expect.stringContaining(' controller '),
    ]);
    expect((await nodes.on('compute-1', 'wc -l </var/log/standin-stack-runs')).output.trim()).toBe('1');
  });

  testOnNodes('a compute with another service password is not found by the controller', {}, async (nodes) => {
    expect((await stack(nodes, 'controller', controllerConf)).code).toBe(0);
    const refused = await stack(
      nodes,
      'compute-1',
      localConf('127.0.0.21', computeServices, 'SERVICE_PASSWORD=other5ecret', 1),
    );
    expect(refused.output).toContain("Didn't find service registered by hostname after 240 seconds");
    expect(refused.code).toBe(124);
    expect((await readSummary(nodes, 'compute-1')).join('\n')).not.toContain('completed');
  });

  testOnNodes('a compute without a controller fails with the same words', {}, async (nodes) => {
    const alone = await stack(
      nodes,
      'compute-1',
      localConf('127.0.0.21', computeServices, 'SERVICE_PASSWORD=service5ecret', 1),
    );
    expect(alone.output).toContain("Didn't find service registered by hostname after 240 seconds");
    expect(alone.output).toContain('Error on exit');
    expect(alone.code).toBe(1);
    expect(classifyStackFailure(alone.output)).toMatchObject({
      name: 'compute-not-registered',
      sentence: 'the nova-compute of this server did not register with the controller within 240 s',
    });
  });

  testOnNodes(
    'a failure asked for on one node and once happens there, once, and nowhere else',
    { fail: 'compute-1:Starting Nova*1' },
    async (nodes) => {
      expect((await stack(nodes, 'lab-controller', controllerConf)).code).toBe(0);
      const failed = await stack(nodes, 'lab-compute-1', computeConf);
      expect(failed.code).toBe(1);
      expect(failed.output).toMatch(
        /\[Call Trace\][\s\S]*\[ERROR\] .* Nova did not start[\s\S]*Error on exit[\s\S]*World dumping\.\.\./,
      );
      expect(classifyStackFailure(failed.output)).toMatchObject({
        name: 'service-start',
        sentence: 'Nova did not start in time',
        lines: expect.arrayContaining(['[Call Trace]', expect.stringContaining('Nova did not start'), 'Error on exit']),
      });
      expect((await readSummary(nodes, 'lab-compute-1')).at(-1)).toBe('Starting Nova');
      expect((await stack(nodes, 'lab-compute-1', computeConf)).code).toBe(0);
    },
  );

  testOnNodes(
    'a command that fails is reported by the trap, with the full log named',
    { fail: 'Installing OpenStack project source' },
    async (nodes) => {
      const failed = await stack(nodes, 'controller', controllerConf);
      expect(failed.output).toMatch(/stack\.sh failed: full log in \/opt\/stack\/logs\/stack\.sh\.log\.\d{4}-/);
      expect(classifyStackFailure(failed.output)).toMatchObject({ name: 'git-connection', isRetryable: true });
      expect(failed.code).toBe(1);
    },
  );

  testOnNodes(
    'another database password than the first run had is denied',
    { fail: 'Starting Keystone*1' },
    async (nodes) => {
      expect((await stack(nodes, 'controller', controllerConf)).code).toBe(1);
      const denied = await stack(nodes, 'controller', controllerConf.replace('database5ecret', 'changed5ecret'));
      expect(denied.output).toContain("ERROR 1045 (28000): Access denied for user 'root'@'localhost'");
      expect(denied.code).not.toBe(0);
      expect(classifyStackFailure(denied.output).name).toBe('database-other-password');
    },
  );

  testOnNodes('a password that is missing is asked for, and a closed stdin ends the run', {}, async (nodes) => {
    const asked = await stack(nodes, 'controller', localConf('127.0.0.11', controllerServices, ''));
    expect(asked.output).toContain('ENTER A SERVICE_PASSWORD TO USE FOR THE SERVICE AUTHENTICATION.');
    expect(asked.output).toContain('Error on exit');
    expect(classifyStackFailure(asked.output).name).toBe('password-missing');
    expect(asked.code).toBe(1);
  });

  testOnNodes('root is refused and does not count as a run', {}, async (nodes) => {
    const refused = await nodes.on('controller', 'cd /opt/stack/devstack && ./stack.sh');
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringContaining('DevStack should be run as a user with sudo permissions'),
    });
    expect((await nodes.on('controller', 'test -e /var/log/standin-stack-runs')).code).toBe(1);
  });

  testOnNodes(
    'the log has every line of stdout, each with its time, and lines enough to be followed',
    { logLines: 500 },
    async (nodes) => {
      const { output } = await stack(nodes, 'controller', controllerConf);
      const log = (await nodes.on('controller', 'cat /opt/stack/logs/stack.sh.log')).output;
      expect(output.endsWith(log)).toBe(true);
      const traced = log.slice(0, log.indexOf('\n=====')).trim().split('\n');
      expect(traced.length).toBeGreaterThan(500);
      expect(traced.filter((line) => !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \| /.test(line))).toEqual([]);
    },
  );
});
