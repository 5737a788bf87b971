/** What fills a log of stack.sh between its milestones: configuration, services, tables, and what fetching says. */
import type { Dice } from './dice.ts';
import { askService, type Noise, type NoiseFacts, PACKAGE_NOISE, SOURCE_NOISE, trace } from './stack-fetch-noise.ts';
import type { Work } from './stack-run.ts';

const OPTIONS = [
  ['DEFAULT', 'transport_url'],
  ['DEFAULT', 'debug'],
  ['DEFAULT', 'state_path'],
  ['database', 'connection'],
  ['keystone_authtoken', 'auth_url'],
  ['keystone_authtoken', 'password'],
  ['keystone_authtoken', 'memcached_servers'],
  ['oslo_concurrency', 'lock_path'],
  ['oslo_messaging_rabbit', 'rabbit_quorum_queue'],
  ['service_user', 'username'],
  ['service_user', 'send_service_user_token'],
  ['placement', 'region_name'],
  ['neutron', 'auth_strategy'],
  ['ovn', 'ovn_sb_connection'],
  ['ml2_type_geneve', 'vni_ranges'],
  ['vnc', 'server_listen'],
] as const;

function passwordOf({ passwords }: NoiseFacts, name: string): string {
  return passwords.find(([known]) => known === name)?.[1] ?? '';
}

const setOption: Noise = (dice, facts) => {
  const [section, option] = dice.pick(OPTIONS);
  const project = dice.pick(['nova', 'neutron', 'glance', 'placement', 'keystone', 'cinder']);
  const file = `/etc/${project}/${project}.conf`;
  const values: Readonly<Record<string, string>> = {
    transport_url: `rabbit://stackrabbit:${passwordOf(facts, 'RABBIT_PASSWORD')}@${facts.serviceHost}:5672/`,
    connection: `mysql+pymysql://root:${passwordOf(facts, 'DATABASE_PASSWORD')}@${facts.serviceHost}/${project}?charset=utf8`,
    password: passwordOf(facts, 'SERVICE_PASSWORD'),
    auth_url: `http://${facts.serviceHost}/identity`,
    memcached_servers: `${facts.serviceHost}:11211`,
    ovn_sb_connection: `tcp:${facts.serviceHost}:6642`,
    server_listen: facts.hostIp,
  };
  const value = values[option] ?? `${option}-${dice.hex(8)}`;
  return [
    trace(
      `lib/${project}`,
      `configure_${project}`,
      100 + dice.below(700),
      `iniset ${file} ${section} ${option} ${value}`,
    ),
    trace('inc/ini-config', 'iniset', 113, 'local xtrace'),
    trace('inc/ini-config', 'iniset', 115, `local sudo=`),
    trace('inc/ini-config', 'iniset', 120, `local file=${file}`),
    trace('inc/ini-config', 'iniset', 121, `local section=${section}`),
    trace('inc/ini-config', 'iniset', 122, `local option=${option}`),
    trace('inc/ini-config', 'iniset', 139, `grep -q '^\\[${section}\\]' ${file}`),
    trace(
      'inc/ini-config',
      'iniset',
      147,
      `sed -i -e "/^\\[${section}\\]/,/^\\[.*\\]/ s|^\\(${option}\\).*$|\\1 = ${value}|" ${file}`,
    ),
  ];
};

const migrateSchema: Noise = (dice) => [
  'INFO  [alembic.runtime.migration] Context impl MySQLImpl.',
  'INFO  [alembic.runtime.migration] Will assume non-transactional DDL.',
  ...Array.from(
    { length: 6 },
    () =>
      `INFO  [alembic.runtime.migration] Running upgrade ${dice.hex(12)} -> ${dice.hex(12)}, add column ${dice.hex(6)}`,
  ),
];

/** A call of the client, and the table it prints. */
function callClient(dice: Dice, command: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  const widths = [
    Math.max(...rows.map(([name]) => name.length), 5),
    Math.max(...rows.map(([, value]) => value.length), 5),
  ];
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [
    trace('functions-common', 'openstack', 2430 + dice.below(40), `openstack --os-cloud devstack-admin ${command}`),
    rule,
    row(['Field', 'Value']),
    rule,
    ...rows.map((cells) => row(cells)),
    rule,
  ];
}

const createUser: Noise = (dice, facts) => {
  const name = dice.pick(['nova', 'neutron', 'glance', 'placement', 'cinder']);
  return callClient(
    dice,
    `user create ${name} --password ${passwordOf(facts, 'SERVICE_PASSWORD')} --domain=Default --or-show -f value -c id`,
    [
      ['default_project_id', 'None'],
      ['domain_id', 'default'],
      ['enabled', 'True'],
      ['id', dice.hex(32)],
      ['name', name],
      ['options', '{}'],
    ],
  );
};

const createEndpoint: Noise = (dice, { serviceHost }) =>
  callClient(dice, `endpoint create --region RegionOne compute public http://${serviceHost}/compute/v2.1`, [
    ['enabled', 'True'],
    ['id', dice.hex(32)],
    ['interface', 'public'],
    ['region', 'RegionOne'],
    ['service_type', 'compute'],
    ['url', `http://${serviceHost}/compute/v2.1`],
  ]);

const startUnit: Noise = (dice) => {
  const unit = `devstack@${dice.pick(['keystone', 'n-api', 'n-cpu', 'n-sch', 'g-api', 'q-svc', 'placement-api', 'c-vol'])}.service`;
  return [
    trace('functions-common', 'run_process', 1687, `_run_under_systemd ${unit}`),
    trace(
      'functions-common',
      'write_user_unit_file',
      1510,
      `iniset -sudo /etc/systemd/system/${unit} Service User stack`,
    ),
    trace('functions-common', '_run_under_systemd', 1630, `sudo systemctl enable ${unit}`),
    `Created symlink /etc/systemd/system/multi-user.target.wants/${unit} -> /etc/systemd/system/${unit}.`,
    trace('functions-common', '_run_under_systemd', 1631, `sudo systemctl start ${unit}`),
    trace(
      'functions',
      'wait_for_service',
      462,
      `curl -g -k --noproxy '*' -s -o /dev/null -w '%{http_code}' http://127.0.0.1`,
    ),
  ];
};

const tellOvs: Noise = (dice, { hostIp, serviceHost, host }) => [
  trace(
    'lib/neutron_plugins/ovn_agent',
    'start_ovn',
    650 + dice.below(40),
    `sudo ovs-vsctl --no-wait set open_vswitch . external-ids:hostname=${host}`,
  ),
  trace(
    'lib/neutron_plugins/ovn_agent',
    'start_ovn',
    700,
    `sudo ovs-vsctl --no-wait set open_vswitch . external-ids:ovn-remote=tcp:${serviceHost}:6642`,
  ),
  trace(
    'lib/neutron_plugins/ovn_agent',
    'start_ovn',
    701,
    `sudo ovs-vsctl --no-wait set open_vswitch . external-ids:ovn-encap-ip=${hostIp}`,
  ),
  trace(
    'functions',
    '_test_with_retry',
    2390,
    `timeout 60 sh -c 'while ! test -e /var/run/openvswitch/db.sock; do sleep ${1 + dice.below(3)}; done'`,
  ),
];

const sendImage: Noise = (dice) => [
  trace('functions', 'upload_image', 121, 'local image_url=http://mirror.rehearsal/cirros-0.6.3-x86_64-disk.img'),
  ...Array.from(
    { length: 8 },
    () =>
      `${String(dice.below(21_000)).padStart(6)}K .......... .......... .......... .......... ..........  ${dice.below(100)}% ${1 + dice.below(90)}.${dice.below(10)}M 0s`,
  ),
  trace(
    'functions',
    '_upload_image',
    88,
    'openstack --os-cloud=devstack-admin image create cirros-0.6.3-x86_64-disk --public',
  ),
];

/** One of these is chosen again and again; those named twice come twice as often. */
export const NOISE: Readonly<Record<Work, readonly [Noise, ...Noise[]]>> = {
  packages: PACKAGE_NOISE,
  sources: SOURCE_NOISE,
  configuration: [askService, setOption, setOption, setOption, migrateSchema],
  service: [askService, setOption, startUnit, createUser, createEndpoint, migrateSchema],
  network: [askService, tellOvs, tellOvs, setOption],
  image: [askService, sendImage],
};
