/** What the command lines of a stacked cloud print: openstack, nova-manage, nova-status, ovn-sbctl, systemctl. */
import { idOf } from '../account.ts';
import { livingPorts } from '../living.ts';
import { hasDone } from './job-kinds.ts';
import type { Localrc } from './shell-text.ts';
import { cellsOn, conductorsOn, mappedCells } from './stacked-cells.ts';
import { localrcOn, type Member, mappedHosts, membersOf } from './stacked-cloud.ts';
import type { NodeView } from './view.ts';

export interface Printed {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function prints(stdout: string): Printed {
  return { exit: 0, stdout: `${stdout}\n`, stderr: '' };
}

function json(data: unknown): Printed {
  return prints(JSON.stringify(data, null, 2));
}

/** Units by service; the others are called like their service, one for each cell, or have none. */
const UNITS: Readonly<Record<string, readonly string[]>> = {
  key: ['keystone'],
  'q-svc': ['neutron-api', 'neutron-rpc-server', 'neutron-periodic-workers', 'neutron-ovn-maintenance-worker'],
  etcd3: ['etcd'],
};
/** Of the system, of apache, or no service at all. */
const WITHOUT_UNIT = /^(mysql|rabbit|horizon|tempest|tls-proxy|placement-client|ovn-.*|ovs.*)$/;

function unitsOf(service: string, localrc: Localrc): readonly string[] {
  if (service === 'n-cond') return conductorsOn(localrc);
  if (service === 'n-novnc') return cellsOn(localrc).map((cell) => `n-novnc-${cell}`);
  return UNITS[service] ?? (WITHOUT_UNIT.test(service) ? [] : [service]);
}

function units(view: NodeView): Printed {
  const localrc = localrcOn(view);
  const names = localrc.services.flatMap((name) => unitsOf(name, localrc));
  const lines = names
    .toSorted()
    .map((name) => `devstack@${name}.service loaded active running Devstack devstack@${name}.service`);
  return { ...prints(lines.join('\n')), stdout: lines.map((line) => `${line}\n`).join('') };
}

function serviceRows({ name, services, hypervisors: own, conductors, isAlive }: Member) {
  const rows = [
    ...(services.includes('n-sch') ? [['nova-scheduler', name, 'internal']] : []),
    ...conductors.map(() => ['nova-conductor', name, 'internal']),
    ...own.map((host) => ['nova-compute', host, 'nova']),
  ];
  return rows.map(([binary, host, zone], index) => ({
    ID: idOf(`service ${name} ${index}`),
    Binary: binary,
    Host: host,
    Zone: zone,
    Status: 'enabled',
    State: isAlive ? 'up' : 'down',
  }));
}

/** Members once for each of their hypervisors, by its name. */
function hypervisorsOf(view: NodeView): readonly Member[] {
  return membersOf(view).flatMap((member) => member.hypervisors.map((name) => Object.assign({}, member, { name })));
}

function hypervisors(view: NodeView): Printed {
  return json(
    hypervisorsOf(view).map(({ name, address, isAlive }) => ({
      ID: idOf(`hypervisor ${name}`),
      'Hypervisor Hostname': name,
      'Hypervisor Type': 'QEMU',
      'Host IP': address,
      State: isAlive ? 'up' : 'down',
    })),
  );
}

/** PrettyTable, centered, as nova-manage draws it. */
function table(rows: readonly (readonly string[])[]): Printed {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const center = (text: string, width: number): string => {
    const left = Math.floor((width - text.length) / 2);
    return `${' '.repeat(left)}${text}`.padEnd(width);
  };
  const lines = rows.map((row) => `| ${row.map((cell, column) => center(cell, widths[column] ?? 0)).join(' | ')} |`);
  return prints([rule, lines[0], rule, ...lines.slice(1), rule].join('\n'));
}

function idOfCell(cell: string): string {
  return idOf(`cell ${cell}`);
}

function cells(view: NodeView): Printed {
  const localrc = localrcOn(view);
  const { MYSQL_HOST: own } = localrc.assignments;
  const databaseUrl = (cell: string, host = own): string =>
    `mysql+pymysql://root:****@${host}/nova_${cell}?charset=utf8`;
  const queueUrl = (cell: string, host: string | undefined): string =>
    `rabbit://stackrabbit:****@${host}:5672/nova_${cell}`;
  return table([
    ['Name', 'UUID', 'Transport URL', 'Database Connection', 'Disabled'],
    ['cell0', '00000000-0000-0000-0000-000000000000', 'none:/', databaseUrl('cell0'), 'False'],
    ...mappedCells(localrc, hasDone(view, 'install-builder-plugin')).map(({ name, queue, database }) => {
      return [name, idOfCell(name), queueUrl(name, queue), databaseUrl(name, database), 'False'];
    }),
  ]);
}

function hosts(view: NodeView): Printed {
  const cellOf = new Map(hypervisorsOf(view).map(({ name, cell }) => [name, cell]));
  const rows = mappedHosts(view).map((host) => {
    // Of a node that is gone nothing else is known.
    const cell = cellOf.get(host) || 'cell1';
    return [cell, idOfCell(cell), host];
  });
  return table([['Cell Name', 'Cell UUID', 'Hostname'], ...rows]);
}

function upgrade(view: NodeView): Printed {
  const isGood = mappedHosts(view).length > 0 || hypervisorsOf(view).length === 0;
  const text = `| Check: Cells v2                |\n| Result: ${isGood ? 'Success' : 'Failure'}                |`;
  return { ...prints(text), exit: isGood ? 0 : 2 };
}

function providers(view: NodeView): Printed {
  return json(
    hypervisorsOf(view).map(({ name }) => ({
      uuid: idOf(`provider ${name}`),
      name,
      generation: 2,
      root_provider_uuid: idOf(`provider ${name}`),
      parent_provider_uuid: null,
    })),
  );
}

function inventories(view: NodeView): Printed {
  const lines = hypervisorsOf(view).map(({ name, size }) => {
    const classes = [
      { resource_class: 'VCPU', total: size.vcpus },
      { resource_class: 'MEMORY_MB', total: size.ramMb },
      { resource_class: 'DISK_GB', total: size.diskGb },
    ];
    return `${idOf(`provider ${name}`)} ${Buffer.from(JSON.stringify(classes)).toString('base64')}`;
  });
  return prints(lines.join('\n'));
}

const AGENTS: readonly (readonly [string, string, string])[] = [
  ['ovn-controller', 'OVN Controller agent', 'ovn-controller'],
  ['q-ovn-agent', 'OVN Neutron agent', 'neutron-ovn-agent'],
  ['q-ovn-metadata-agent', 'OVN Metadata agent', 'neutron-ovn-metadata-agent'],
];

function agents(view: NodeView): Printed {
  return json(
    membersOf(view).flatMap(({ name, services, isAlive, isGateway }) =>
      AGENTS.filter(([service]) => services.includes(service)).map(([, type, binary]) => ({
        ID: idOf(`agent ${binary} ${name}`),
        'Agent Type': binary === 'ovn-controller' && isGateway ? 'OVN Controller Gateway agent' : type,
        Host: name,
        'Availability Zone': '',
        Alive: isAlive,
        State: true,
        Binary: binary,
      })),
    ),
  );
}

function chassis(view: NodeView): Printed {
  const known = membersOf(view).filter(({ services }) => services.includes('ovn-controller'));
  const idOfChassis = ({ name }: Member): string => idOf(`chassis ${name}`);
  const all = { headings: ['name', 'hostname'], data: known.map((node) => [idOfChassis(node), node.name]) };
  const encaps = {
    headings: ['chassis_name', 'type', 'ip'],
    data: known.map((node) => [idOfChassis(node), 'geneve', node.tunnelAddress]),
  };
  return prints(`${JSON.stringify(all)}\n${JSON.stringify(encaps)}`);
}

/** As `ip -o addr` draws the one interface that a rehearsed server has, and the overlay's where its local.conf names that. */
function addresses(view: NodeView): Printed {
  const own = livingPorts(view.world, view.nowMs).filter(({ deviceId }) => deviceId === view.server.id);
  const fixed = own.flatMap(({ fixedIps }) => fixedIps.map(({ ip_address: address }) => address));
  const { TUNNEL_ENDPOINT_IP: overlay } = localrcOn(view).assignments;
  const all = ['127.0.0.1', ...fixed, ...(overlay === undefined ? [] : [overlay])];
  return prints(all.map((address, index) => `${index + 1}: eth${index}    inet ${address}/24 scope global`).join('\n'));
}

const VOLUME_SERVICES: readonly (readonly [string, string, string])[] = [
  ['c-sch', 'cinder-scheduler', ''],
  ['c-vol', 'cinder-volume', '@lvmdriver-1'],
];

function volumeServices(view: NodeView): Printed {
  return json(
    membersOf(view).flatMap(({ name, services, isAlive }) =>
      VOLUME_SERVICES.filter(([service]) => services.includes(service)).map(([, binary, backend]) => ({
        Binary: binary,
        Host: `${name}${backend}`,
        Zone: 'nova',
        Status: 'enabled',
        State: isAlive ? 'up' : 'down',
      })),
    ),
  );
}

type Answer = (view: NodeView) => Printed;

const ANSWERS: Readonly<Record<string, { readonly service: string; readonly answer: Answer }>> = {
  'compute-services': {
    service: 'n-api',
    answer: (view) => json(membersOf(view).flatMap(serviceRows)),
  },
  hypervisors: { service: 'n-api', answer: hypervisors },
  cells: { service: 'n-api', answer: cells },
  hosts: { service: 'n-api', answer: hosts },
  upgrade: { service: 'n-api', answer: upgrade },
  providers: { service: 'n-api', answer: providers },
  inventories: { service: 'n-api', answer: inventories },
  agents: { service: 'n-api', answer: agents },
  chassis: { service: 'ovn-northd', answer: chassis },
  addresses: { service: 'ovn-controller', answer: addresses },
  messages: { service: 'n-cpu', answer: () => ({ ...prints(''), stdout: '' }) },
  'volume-services': { service: 'c-api', answer: volumeServices },
};

/** The answer to a question of verify; a server that does not run what it takes says so. */
export function answerOf(question: string, view: NodeView): Printed {
  if (question === 'units') return units(view);
  if (question === 'starts') return prints(`${Math.floor(view.nowMs / 1000)}\nrunning`);
  const row = ANSWERS[question];
  if (row === undefined) return { exit: 2, stdout: '', stderr: `no such question: ${question}\n` };
  if (localrcOn(view).services.includes(row.service)) return row.answer(view);
  return { exit: 127, stdout: '', stderr: 'env: ‘openstack’: No such file or directory\n' };
}
