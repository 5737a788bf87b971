/** A control plane on several nodes and several cells: the scripts between two runs of stack.sh, by a real shell over a real sshd on stacked nodes. */
import { describe, expect, test } from 'vitest';
import { DISCOVER_HOSTS } from '../../src/remote/commands/discover-hosts.ts';
import { CREATE_VHOSTS, STOP_IDLE_TWINS } from '../../src/remote/commands/split-api.ts';
import { findMissingForNodes, type LocalNodes } from '../standin-devstack/nodes.ts';
import { runOverSsh } from './ssh-nodes.ts';
import { whyNoSshd } from './sshd.ts';
import { localConf, onStandinNodes, stack } from './standin-nodes.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) {
  process.stderr.write(`skipped: the scripts of a split control plane are run over a real sshd: ${missing}\n`);
}

const SECRET = 'SERVICE_PASSWORD=service5ecret';
const API = 'key,mysql,rabbit,n-api,n-cond,n-sch,placement-api,g-api,q-svc,q-ovn-agent,ovn-controller';
const COMPUTE = 'n-cpu,placement-client,q-ovn-agent,ovn-controller';

function run(nodes: LocalNodes, node: string, script: string, env: Readonly<Record<string, string>>) {
  return runOverSsh(nodes, { node, address: '192.0.2.1' }, script, env);
}

/** Systemd's control on a node without it: units are files, what it was told is a log. */
const SYSTEMCTL = `cat >/usr/local/bin/systemctl <<'END'
#!/bin/sh
echo "$*" >>/opt/systemctl.log
case $1 in
cat) test -e "/opt/units/$2" ;;
disable) rm "/opt/units/$3"; [ "$3" != mariadb.service ] || rm -f /opt/units/mysql.service ;;
is-active) test -e /opt/units/stubborn ;;
esac
END
chmod +x /usr/local/bin/systemctl
mkdir -p /opt/units
touch /opt/units/mariadb.service /opt/units/mysql.service /opt/units/rabbitmq-server.service
`;

describe.skipIf(missing !== undefined).concurrent('between two runs of stack.sh', { timeout: 60_000 }, () => {
  test('the message queue gets the vhosts it lacks, and a second time changes nothing', () =>
    onStandinNodes({}, async (nodes) => {
      expect((await stack(nodes, 'mq', localConf('127.0.0.13', 'rabbit'))).code).toBe(0);
      await nodes.on('mq', 'rabbitmqctl add_vhost nova_cell1');
      for (let time = 0; time < 2; time += 1) {
        const created = await run(nodes, 'mq', CREATE_VHOSTS, { VHOSTS: 'nova_cell1 nova_cell2' });
        expect(created.code, created.output).toBe(0);
      }
      const kept = await nodes.on('mq', 'cd /opt/stack/data/standin-rabbitmq; tail -n +1 */stackrabbit');
      expect(kept.output.match(/\.\* \.\* \.\*/g)).toHaveLength(2);
      const listed = await nodes.on('mq', 'rabbitmqctl -q list_vhosts name');
      expect(listed.output.split('\n')).toEqual(['name', '/', 'nova_cell1', 'nova_cell2', '']);
    }));

  test('idle twins are stopped for good, once, under whichever name; one that goes on is told', () =>
    onStandinNodes({}, async (nodes) => {
      await nodes.on('api', SYSTEMCTL);
      for (let time = 0; time < 2; time += 1) {
        const stopped = await run(nodes, 'api', STOP_IDLE_TWINS, {});
        expect(stopped.code, stopped.output).toBe(0);
      }
      const told = (await nodes.on('api', 'grep disable /opt/systemctl.log; ls /opt/units')).output.trim().split('\n');
      expect(told).toEqual(['disable --now mariadb.service', 'disable --now rabbitmq-server.service']);
      await nodes.on('api', `${SYSTEMCTL}touch /opt/units/stubborn`);
      expect(await run(nodes, 'api', STOP_IDLE_TWINS, {})).toEqual({
        code: 1,
        output: 'mariadb.service is still active\n',
      });
    }));

  test('hypervisors are mapped to the cells they were planned for, and one in another cell is told', () =>
    onStandinNodes({}, async (nodes) => {
      const twoCells = `${SECRET}\nNOVA_NUM_CELLS=2`;
      expect((await stack(nodes, 'controller', localConf('127.0.0.11', API, twoCells))).code).toBe(0);
      const conf = (address: string, extra: string): string => localConf(address, COMPUTE, `${twoCells}\n${extra}`);
      expect((await stack(nodes, 'cell1-1', conf('127.0.0.21', 'NOVA_CPU_CELL=1'))).code).toBe(0);
      const fakes = 'NOVA_CPU_CELL=2\nVIRT_DRIVER=fake\nNUMBER_FAKE_NOVA_COMPUTE=2';
      expect((await stack(nodes, 'cell2-1', conf('127.0.0.22', fakes))).code).toBe(0);
      const env = { EXPECTED: 'cell1-1 cell2-11 cell2-12', LOOKS: '2' };
      const mapped = await run(nodes, 'controller', DISCOVER_HOSTS, {
        ...env,
        CELLS: 'cell1/cell1-1 cell2/cell2-11 cell2/cell2-12',
      });
      expect(mapped.code, mapped.output).toBe(0);
      expect(mapped.output.match(/^mapped=.*/gm)).toEqual(['mapped=cell1-1', 'mapped=cell2-11', 'mapped=cell2-12']);
      const wrong = await run(nodes, 'controller', DISCOVER_HOSTS, { ...env, CELLS: 'cell1/cell1-1 cell1/cell2-11' });
      expect(wrong.code).toBe(1);
      expect(wrong.output).toContain('cell2-11 is not mapped to cell1, but to cell2/cell2-11');
      const absent = await run(nodes, 'controller', DISCOVER_HOSTS, { EXPECTED: 'cell9-1', LOOKS: '1', CELLS: '' });
      expect(absent.output).toContain('not mapped to a cell: cell9-1');
      expect(absent.code).toBe(1);
    }));
});
