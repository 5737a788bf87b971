/** The programs that look at a stacked cloud: questions answered, servers in it tried and taken away again, and tempest run. */
import { answerOf } from './cloud-answers.ts';
import { lasting, says } from './program-parts.ts';
import { localrcOn, type Member, membersOf } from './stacked-cloud.ts';
import type { Program, ProgramCall, ProgramTable } from './view.ts';

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(' ').filter((word) => word !== '');
}

function ask(call: ProgramCall): Program {
  const lines = wordsOf(call.env['QUESTIONS']).map((question) => {
    const { exit, stdout, stderr } = answerOf(question, call.view);
    return JSON.stringify({ question, exit, stdout: encode(stdout), stderr: encode(stderr) });
  });
  return says(lines, lasting(call, 5_000, 12_000));
}

/** A guest on DevStack's private network. */
function addressOf(index: number): string {
  return `10.1.0.${100 + index}`;
}

function serverOn(host: string): string {
  return encode(JSON.stringify({ status: 'ACTIVE', 'OS-EXT-SRV-ATTR:host': host, fault: null }));
}

/** The private network's, on a provider network of 1500 bytes. */
const MTU = 1442;

interface Pings {
  readonly isSmall: boolean;
  readonly isFull: boolean;
}

function guestLines(hosts: readonly string[], members: readonly Member[], pings: Pings): readonly object[] {
  const isRunning = (host: string): boolean =>
    members.some(({ name, isAlive, services }) => name === host && isAlive && services.includes('n-cpu'));
  return hosts.map((host, index) => {
    const others = hosts.flatMap((other, place) => (other !== host && isRunning(other) ? [addressOf(place)] : []));
    const isUp = isRunning(host);
    return {
      fact: 'guest',
      host,
      address: addressOf(index),
      port: isUp ? 'ACTIVE' : 'DOWN',
      up: isUp,
      told: isUp,
      mtu: isUp ? MTU : null,
      pinged: isUp && pings.isSmall ? others : [],
      full: isUp && pings.isFull ? others : [],
      server: isUp ? serverOn(host) : '',
      console: encode(isUp ? 'login:\n' : ''),
      error: encode(isUp ? '' : 'No valid host was found.\n'),
    };
  });
}

/** To a guest on the last host that runs. */
function floating(hosts: readonly string[], members: readonly Member[], isWanted: boolean): readonly object[] {
  const host = hosts.findLast((name) => members.some((member) => member.name === name && member.isAlive));
  if (!isWanted || host === undefined) return [];
  return [
    { fact: 'doing', what: 'reaching a server by a floating IP' },
    { fact: 'floating-ip', host, address: '172.24.5.100', answered: true, error: '' },
  ];
}

/** The whole life of the guests is one job, so nothing of them is left in the world when it ends. */
function tryGuests(call: ProgramCall): Program {
  const { env, view } = call;
  const hosts = wordsOf(env['HOSTS']);
  const [from, to] = wordsOf(env['MIGRATE']);
  const doing = (what: string): object => ({ fact: 'doing', what });
  const left = { fact: 'left', names: [], error: '' };
  const swept = [doing('removing what an earlier verify left'), { fact: 'swept', names: [] }];
  if (!localrcOn(view).services.includes('n-api')) {
    const stopped = { fact: 'stopped', why: encode('env: ‘openstack’: No such file or directory\n') };
    return says(
      [...swept, stopped, left].map((line) => JSON.stringify(line)),
      2_000,
    );
  }
  const pings = { isSmall: env['PING'] === 'yes', isFull: env['FULL_SIZE'] === 'yes' };
  const guests = guestLines(hosts, membersOf(view), pings);
  const migrated =
    from === undefined || to === undefined
      ? []
      : [
          doing('migrating a server that runs'),
          { fact: 'migrated', from, to, exit: 0, server: serverOn(to), error: '' },
        ];
  const volume = [doing('making a volume'), { fact: 'volume', status: 'available', error: '' }];
  const lines = [
    ...swept,
    ...(env['VOLUME'] === 'yes' ? volume : []),
    doing('making ports for the servers'),
    { fact: 'network', mtu: MTU },
    doing('booting a server on each hypervisor'),
    doing('waiting for the servers to speak'),
    ...(env['PING'] === 'yes' ? [doing('waiting for the servers to reach each other')] : []),
    ...guests,
    ...floating(hosts, membersOf(view), env['FLOATING_IP'] === 'yes'),
    ...migrated,
    doing('removing the servers'),
    left,
  ];
  const lastsMs = lasting(call, 60_000, 90_000) + 4_000 * hosts.length;
  return says(
    lines.map((line) => JSON.stringify(line)),
    lastsMs,
  );
}

/** As stestr tells of them. */
const OUTCOMES = [
  '{0} tempest.api.identity.v3.test_api_discovery.TestApiDiscovery.test_api_version_resources [0.162034s] ... ok',
  '{0} tempest.api.network.test_networks.NetworksTest.test_list_networks [0.094150s] ... ok',
  '{1} tempest.api.compute.servers.test_create_server.ServersTestJSON.test_list_servers [0.140221s] ... ok',
  '{0} setUpClass (tempest.api.object_storage.test_account_services.AccountTest) ... SKIPPED: swift is not available',
  '{1} tempest.scenario.test_server_basic_ops.TestServerBasicOps.test_server_basic_ops [61.204107s] ... ok',
];

/** Half an hour, in which a hypervisor that is gone fails what boots a server. */
function runTempest(call: ProgramCall): Program {
  const { services } = localrcOn(call.view);
  if (!services.includes('tempest')) {
    const why = encode(
      'there is no tempest in /opt/stack/tempest: stack.sh makes it where service tempest is enabled\n',
    );
    return says([JSON.stringify({ fact: 'stopped', why })], 1_000);
  }
  const isWell = membersOf(call.view).every(({ isAlive }) => isAlive);
  const outcomes = isWell ? OUTCOMES : OUTCOMES.map((line) => line.replace(/(?<=scenario.*)ok$/, 'FAILED'));
  const told = { exit: isWell ? 0 : 1, outcomes: encode(`${outcomes.join('\n')}\n`), words: '', before: [], left: [] };
  const lines = [
    { fact: 'doing', what: 'running the smoke tests of tempest' },
    { fact: 'doing', what: 'looking for what tempest left' },
    { fact: 'tempest', ...told },
  ];
  return says(
    lines.map((line) => JSON.stringify(line)),
    lasting(call, 15 * 60_000, 30 * 60_000),
  );
}

export const VERIFY_PROGRAMS: ProgramTable = {
  'verify-ask': ask,
  'verify-guests': tryGuests,
  'verify-tempest': runTempest,
};
