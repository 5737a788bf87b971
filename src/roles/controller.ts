/** The controller: every API, the database, the message queue and OVN's databases on one node; a hypervisor too if asked. */
import type { Role, RoleFacts, ServiceFacts } from './role.ts';
import { ovnAgentService, sharedLocalrc } from './shared-localrc.ts';

const BASE = ['key', 'mysql', 'rabbit', 'openstack-cli-server'];
const NOVA = ['n-api', 'n-api-meta', 'n-cond', 'n-sch', 'n-novnc'];
const STORES = ['placement-api', 'placement-client', 'g-api', 'c-api', 'c-sch', 'c-vol'];
const OVN = ['ovn-northd', 'ovn-controller', 'ovs-vswitchd', 'ovsdb-server'];

/**
 * Useful but lean: volumes are in (c-*), what costs minutes or another download is not. `horizon` broke often and slows the
 * run, `tempest` makes a whole virtual environment, `etcd3` is a tarball that only several cinder backends would need,
 * `tls-proxy` needs its CA on every node. `services: {add: […]}` brings back what is wanted.
 */
function services(facts: ServiceFacts): readonly string[] {
  return [
    ...BASE,
    ...NOVA,
    ...(facts.isHypervisor ? ['n-cpu'] : []),
    ...STORES,
    'q-svc',
    ovnAgentService(facts.ref),
    ...OVN,
  ];
}

function localrc(facts: RoleFacts): Readonly<Record<string, string>> {
  return {
    ...sharedLocalrc(facts),
    FIXED_RANGE: facts.fixedRange,
    IPV4_ADDRS_SAFE_TO_USE: facts.fixedRange,
    NETWORK_GATEWAY: facts.fixedGateway,
    FLOATING_RANGE: facts.floatingRange,
    PUBLIC_NETWORK_GATEWAY: facts.floatingGateway,
  };
}

export const controller: Role = {
  name: 'controller',
  minimum: { vcpus: 4, ramMb: 8192, diskGb: 40 },
  comfortable: { vcpus: 8, ramMb: 16384, diskGb: 80 },
  stackOrder: 0,
  services,
  localrc,
};
