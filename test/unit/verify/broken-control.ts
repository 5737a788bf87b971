/** Clouds whose units, services, cells or providers are broken, one thing at a time. */
import {
  type BrokenCloud,
  called,
  change,
  GREEN,
  isCompute,
  isOn,
  known,
  lose,
  rowsOf,
  unitsWith,
} from './green-cloud.ts';

export const UNITS: readonly BrokenCloud[] = [
  [
    'nova-compute is dead and the API still calls it up',
    { units: unitsWith('compute-1', 'n-cpu', 'failed') },
    ['services compute-1', 'compute-services', 'joined compute-1'],
    /nova-compute on compute-1 is dead, though the API calls it up: devstack@n-cpu is failed/,
    /journalctl -u devstack@n-cpu/,
  ],
  [
    'nova-compute has no unit at all',
    { units: new Map([...GREEN.units, ['compute-1', lose(GREEN.units.get('compute-1')!, called('n-cpu'))]]) },
    ['services compute-1', 'compute-services', 'joined compute-1'],
    /no unit of n-cpu/,
    /logs compute-1 run-stack/,
  ],
  [
    'a unit is inactive',
    { units: unitsWith('controller', 'c-vol', 'inactive') },
    ['services controller'],
    /devstack@c-vol is inactive/,
    /devstack@c-vol/,
  ],
  [
    'a unit runs where its service is not planned',
    { units: new Map([...GREEN.units, ['compute-2', known([...rowsOf(GREEN.units.get('controller')!)])]]) },
    ['services compute-2'],
    /devstack@keystone is not planned: key belongs elsewhere/,
    /disable --now devstack@keystone/,
  ],
  [
    'the conductor of a cell has no unit',
    { units: new Map([...GREEN.units, ['controller', lose(GREEN.units.get('controller')!, called('n-cond-cell1'))]]) },
    ['services controller'],
    /no unit devstack@n-cond-cell1/,
    /logs controller run-stack/,
  ],
  [
    'a conductor runs for a cell that the node does not host',
    {
      units: new Map([
        ...GREEN.units,
        [
          'controller',
          known([
            ...rowsOf(GREEN.units.get('controller')!),
            { name: 'n-cond-cell2', active: 'active', sub: 'running' },
          ]),
        ],
      ]),
    },
    ['services controller'],
    /devstack@n-cond-cell2 is not planned: it serves a cell that is hosted elsewhere/,
    /disable --now devstack@n-cond-cell2/,
  ],
  [
    'a node does not answer',
    { units: new Map([...GREEN.units, ['compute-2', { unknown: 'compute-2 could not be reached' }]]) },
    ['services compute-2', 'compute-services', 'joined compute-2'],
    /nobody can say whether nova-compute on compute-2 lives, though the API calls it up/,
    /see services/,
  ],
];

export const COMPUTE: readonly BrokenCloud[] = [
  [
    'nova-compute is down',
    { computeServices: change(GREEN.computeServices, isCompute('compute-1'), { state: 'down' }) },
    ['compute-services', 'joined compute-1'],
    /nova-compute on compute-1 is down/,
    /compute-1/,
  ],
  [
    'nova-compute is disabled',
    { computeServices: change(GREEN.computeServices, isCompute('compute-1'), { status: 'disabled' }) },
    ['compute-services', 'joined compute-1'],
    /nova-compute on compute-1 is disabled/,
    /set --enable compute-1 nova-compute/,
  ],
  [
    'a planned nova-compute never registered',
    { computeServices: lose(GREEN.computeServices, isCompute('compute-2')) },
    ['compute-services', 'joined compute-2'],
    /nova knows no nova-compute on compute-2/,
    /compute-2/,
  ],
  [
    'a nova-compute is there that nobody planned',
    {
      computeServices: known([
        ...rowsOf(GREEN.computeServices),
        { ...rowsOf(GREEN.computeServices).at(-1)!, host: 'x' },
      ]),
    },
    ['compute-services'],
    /nova-compute on x is not planned/,
    /compute service delete/,
  ],
  [
    'the scheduler is gone',
    { computeServices: lose(GREEN.computeServices, ({ binary }) => binary === 'nova-scheduler') },
    ['compute-services'],
    /nova knows no nova-scheduler on controller/,
    /devstack@n-sch/,
  ],
  [
    'the conductor of a cell never registered',
    {
      computeServices: known([
        ...rowsOf(GREEN.computeServices).filter(({ binary }) => binary !== 'nova-conductor'),
        ...rowsOf(GREEN.computeServices)
          .filter(({ binary }) => binary === 'nova-conductor')
          .slice(1),
      ]),
    },
    ['compute-services'],
    /nova knows 1 of 2 conductors on controller/,
    /devstack@n-super-cond, devstack@n-cond-cell1 there/,
  ],
  [
    'a conductor is down',
    { computeServices: change(GREEN.computeServices, ({ binary }) => binary === 'nova-conductor', { state: 'down' }) },
    ['compute-services'],
    /nova-conductor on controller is down/,
    /controller/,
  ],
  [
    'a hypervisor is not mapped to a cell',
    { mappings: lose(GREEN.mappings, isOn('compute-2')) },
    ['hypervisors', 'joined compute-2'],
    /compute-2 is not mapped to a cell/,
    /discover_hosts\.sh/,
  ],
  [
    'a hypervisor is in another cell than planned',
    { mappings: change(GREEN.mappings, isOn('compute-2'), { cell: 'cell2' }) },
    ['hypervisors', 'joined compute-2'],
    /compute-2 is in cell2, planned is cell1/,
    /NOVA_CPU_CELL/,
  ],
  [
    'a hypervisor is missing and another has its place',
    { hypervisors: change(GREEN.hypervisors, called('compute-2'), { name: 'compute-2.novalocal' }) },
    ['hypervisors'],
    /compute-2 is no hypervisor; hypervisor compute-2\.novalocal is not planned/,
    /names must not change/,
  ],
  [
    'a hypervisor is down',
    { hypervisors: change(GREEN.hypervisors, called('compute-2'), { state: 'down' }) },
    ['hypervisors'],
    /hypervisor compute-2 is down/,
    /libvirtd on compute-2/,
  ],
  ...['127.0.0.1', 'localhost', '[::1]'].map(
    (host): BrokenCloud => [
      `a cell's database is mapped to ${host}`,
      { cells: change(GREEN.cells, called('cell1'), { database: `mysql+pymysql://root:****@${host}/nova_cell1` }) },
      ['hypervisors'],
      /cell1 is mapped to an address that only its own node reaches/,
      /MYSQL_HOST/,
    ],
  ),
  [
    "a cell's queue is mapped to 127.0.0.1",
    { cells: change(GREEN.cells, called('cell1'), { queue: 'rabbit://stackrabbit:****@127.0.0.1:5672/nova_cell1' }) },
    ['hypervisors'],
    /cell1 is mapped to an address/,
    /RABBIT_HOST/,
  ],
  [
    "a cell's queue is mapped to another node",
    { cells: change(GREEN.cells, called('cell1'), { queue: 'rabbit://stackrabbit:****@10.0.0.21:5672/nova_cell1' }) },
    ['hypervisors'],
    /cell1 is mapped to 10\.0\.0\.21 and 10\.0\.0\.11, planned are queue 10\.0\.0\.11 and database 10\.0\.0\.11/,
    /update_cell/,
  ],
  [
    'a cell is missing',
    { cells: lose(GREEN.cells, called('cell0')) },
    ['hypervisors'],
    /there is no cell0/,
    /create_cell/,
  ],
  [
    'nova-status finds a failure',
    { upgrade: { known: { exit: 2, text: 'Check: Cells v2\nResult: Failure' } } },
    ['hypervisors'],
    /ends with 2 \(failure\)/,
    /nova-status upgrade check/,
  ],
  [
    'nova-status warns',
    { upgrade: { known: { exit: 1, text: '' } } },
    ['hypervisors'],
    /ends with 1 \(warnings\)/,
    /nova-status/,
  ],
];

export const PLACEMENT: readonly BrokenCloud[] = [
  [
    'a provider has no inventory',
    { providers: change(GREEN.providers, called('compute-1'), { inventory: {} }) },
    ['placement', 'joined compute-1'],
    /compute-1 offers no VCPU, MEMORY_MB, DISK_GB/,
    /n-cpu on compute-1/,
  ],
  [
    'a provider offers no disk',
    { providers: change(GREEN.providers, called('compute-1'), { inventory: { VCPU: 1, MEMORY_MB: 1, DISK_GB: 0 } }) },
    ['placement', 'joined compute-1'],
    /compute-1 offers no DISK_GB/,
    /n-cpu/,
  ],
  [
    'a hypervisor has no provider',
    { providers: lose(GREEN.providers, called('compute-1')) },
    ['placement', 'joined compute-1'],
    /placement has no provider compute-1/,
    /n-cpu/,
  ],
  [
    'a provider is left of a hypervisor that is gone',
    { providers: known([...rowsOf(GREEN.providers), { name: 'old', isRoot: true, inventory: {} }]) },
    ['placement'],
    /provider old belongs to no planned hypervisor/,
    /resource provider delete/,
  ],
  [
    'a hypervisor has two root providers',
    { providers: known([...rowsOf(GREEN.providers), rowsOf(GREEN.providers)[1]!]) },
    ['placement', 'joined compute-1'],
    /placement has 2 providers compute-1/,
    /delete the one/,
  ],
];
