/** Clouds whose agents, chassis or guests are broken, one thing at a time. */
import {
  type BrokenCloud,
  called,
  change,
  GREEN,
  guestOn,
  guestsWith,
  isOn,
  known,
  lose,
  rowsOf,
  triedWith,
} from './green-cloud.ts';

export const NETWORK: readonly BrokenCloud[] = [
  [
    'an agent is dead',
    {
      agents: change(GREEN.agents, ({ binary, host }) => binary === 'ovn-controller' && host === 'compute-1', {
        isAlive: false,
      }),
    },
    ['agents', 'joined compute-1'],
    /ovn-controller on compute-1 is dead/,
    /restart it/,
  ],
  [
    'an agent never came',
    { agents: lose(GREEN.agents, ({ binary, host }) => binary === 'neutron-ovn-agent' && host === 'compute-2') },
    ['agents', 'joined compute-2'],
    /neutron knows no neutron-ovn-agent on compute-2/,
    /compute-2/,
  ],
  [
    'a dead agent is left of what is gone',
    {
      agents: known([
        ...rowsOf(GREEN.agents),
        { binary: 'ovn-controller', host: 'old', isAlive: false, isGateway: false },
      ]),
    },
    ['agents'],
    /ovn-controller on old is dead, and not planned/,
    /network agent delete/,
  ],
  [
    'the gateway does not offer itself',
    { agents: change(GREEN.agents, isOn('controller'), { isGateway: false }) },
    ['agents', 'joined controller'],
    /controller is planned to be a gateway, and OVN knows it as none/,
    /ovn-cms-options=enable-chassis-as-gw/,
  ],
  [
    'a hypervisor offers itself as a gateway',
    {
      agents: change(GREEN.agents, ({ binary, host }) => binary === 'ovn-controller' && host === 'compute-1', {
        isGateway: true,
      }),
    },
    ['agents', 'joined compute-1'],
    /OVN may put routers on compute-1/,
    /remove open \. external-ids ovn-cms-options/,
  ],
  [
    'a chassis calls itself otherwise than nova calls its host',
    { chassis: change(GREEN.chassis, called('uuid-of-compute-1'), { hostname: 'compute-1.novalocal' }) },
    ['chassis', 'joined compute-1'],
    /the chassis of compute-1 calls itself compute-1\.novalocal/,
    /ovs-vsctl set open \. external-ids:hostname=\$\(hostname\)/,
  ],
  [
    'a node has no chassis',
    { chassis: lose(GREEN.chassis, called('uuid-of-compute-1')) },
    ['chassis', 'tunnels compute-1', 'joined compute-1'],
    /OVN has no chassis of compute-1/,
    /ovn-controller on compute-1/,
  ],
  [
    'tunnels end elsewhere than planned',
    {
      chassis: change(GREEN.chassis, called('uuid-of-compute-1'), {
        encaps: [{ type: 'geneve', address: '10.9.9.9' }],
      }),
    },
    ['tunnels compute-1'],
    /^tunnels of compute-1 end at 10\.9\.9\.9, planned is 10\.0\.0\.21/,
    /ovn-encap-ip=10\.0\.0\.21/,
  ],
  [
    'a chassis has no geneve',
    { chassis: change(GREEN.chassis, called('uuid-of-compute-1'), { encaps: [] }) },
    ['tunnels compute-1'],
    /compute-1 has no geneve tunnel, but nothing/,
    /ovn-encap-type/,
  ],
  [
    'the planned address is on no interface of its node',
    { addresses: new Map([...GREEN.addresses, ['compute-2', known(['127.0.0.1'])]]) },
    ['tunnels compute-2'],
    /^no interface of compute-2 has 10\.0\.0\.22, where its tunnels end/,
    /bring the interface up/,
  ],
  [
    'a chassis tunnels by another protocol',
    {
      chassis: change(GREEN.chassis, called('uuid-of-compute-1'), {
        encaps: [{ type: 'vxlan', address: '10.0.0.21' }],
      }),
    },
    ['tunnels compute-1'],
    /compute-1 has no geneve tunnel, but vxlan/,
    /ovn-encap-type=geneve/,
  ],
  [
    'a chassis is left of a node that was made anew',
    { chassis: known([...rowsOf(GREEN.chassis), { name: 'old', hostname: 'compute-1', encaps: [] }]) },
    ['chassis'],
    /chassis old belongs to no node/,
    /chassis-del old/,
  ],
];

const silent = { isUp: false, isTold: false, mtu: null, pinged: [], gotFull: [] };
const failed = { status: 'ERROR', host: 'compute-1', fault: 'No valid host' };
const green = [guestOn('controller'), guestOn('compute-1'), guestOn('compute-2')] as const;

export const GUESTS: readonly BrokenCloud[] = [
  [
    'a guest does not reach another, in one direction',
    guestsWith(guestOn('controller', { pinged: ['10.1.0.2'], gotFull: ['10.1.0.2'] }), green[1], green[2]),
    ['ping'],
    /^controller does not reach compute-1$/,
    /geneve \(UDP 6081\)/,
  ],
  [
    'a guest goes to ERROR',
    guestsWith(green[0], guestOn('compute-1', { server: failed, ...silent, port: 'DOWN' }), green[2]),
    ['boot compute-1', 'metadata', 'ping'],
    /the server on compute-1 is ERROR: No valid host/,
    /n-cpu on compute-1/,
  ],
  [
    'a guest was refused',
    guestsWith(
      green[0],
      green[1],
      guestOn('compute-2', { server: null, ...silent, error: 'a\nHTTP 400: no such host\n' }),
    ),
    ['boot compute-2', 'metadata', 'ping'],
    /no server was made on compute-2: HTTP 400: no such host/,
    /evidence/,
  ],
  [
    'a guest is not on the hypervisor that was asked for',
    guestsWith(
      green[0],
      green[1],
      guestOn('compute-2', { server: { status: 'ACTIVE', host: 'controller', fault: null } }),
    ),
    ['boot compute-2'],
    /the server for compute-2 is on controller/,
    /n-cpu/,
  ],
  [
    'a guest says nothing, and its port is not bound',
    guestsWith(green[0], green[1], guestOn('compute-2', { ...silent, port: 'DOWN', console: '' })),
    ['boot compute-2', 'metadata', 'ping'],
    /the server on compute-2 says nothing, and its port is DOWN/,
    /console/,
  ],
  [
    'a hypervisor was not tried, since it is dead',
    guestsWith(green[0], green[1]),
    ['boot compute-2', 'metadata', 'ping'],
    /no server was tried on compute-2/,
    /see compute-services/,
  ],
  [
    'a guest boots without its user data',
    guestsWith(green[0], guestOn('compute-1', { ...silent, isUp: true }), green[2]),
    ['metadata', 'ping'],
    /^the server on compute-1 got no user data$/,
    /q-ovn-agent[^]* on compute-1, and of n-api-meta/,
  ],
  [
    'big frames are lost where small ones pass',
    guestsWith(green[0], green[1], guestOn('compute-2', { gotFull: ['10.1.0.0'] })),
    ['mtu'],
    /^frames of 1442 bytes are lost from compute-2 to compute-1 or on the way back$/,
    /global_physnet_mtu/,
  ],
  [
    'a guest would cut up what it is to send whole',
    guestsWith(green[0], green[1], guestOn('compute-2', { mtu: 1400 })),
    ['mtu'],
    /^the server on compute-2 has an interface of 1400 bytes, its network carries 1442$/,
    /try another/,
  ],
  ['nobody says how big frames may be', triedWith({ networkMtu: null }), ['mtu'], /neutron does not say/, /see boot/],
  [
    'a floating IP does not answer',
    triedWith({ floatingIp: { host: 'compute-2', address: '172.24.5.10', answered: false, error: '' } }),
    ['floating-ip'],
    /^the server on compute-2 does not answer at 172\.24\.5\.10, asked from controller$/,
    /br-ex on controller/,
  ],
  [
    'there is no floating IP to get',
    triedWith({ floatingIp: { host: 'compute-2', address: '', answered: false, error: 'a\nNo more IP addresses\n' } }),
    ['floating-ip'],
    /^there was no floating IP for the server on compute-2: No more IP addresses$/,
    /router show/,
  ],
  [
    'no server ran that a floating IP could lead to',
    triedWith({ floatingIp: null }),
    ['floating-ip'],
    /^no server runs that could be reached$/,
    /see boot/,
  ],
];
