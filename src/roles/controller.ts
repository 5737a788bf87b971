/** The controller: every API, the database, the message queue and OVN's databases on one node; a hypervisor too if asked. */
import { serverLocalrc, serverServices } from './networking.ts';
import type { Role, RoleFacts, ServiceFacts } from './role.ts';
import { novaLocalrc } from './shared-localrc.ts';

const BASE = ['key', 'mysql', 'rabbit', 'openstack-cli-server'];
const NOVA = ['n-api', 'n-api-meta', 'n-cond', 'n-sch', 'n-novnc'];
const STORES = ['placement-api', 'placement-client', 'g-api', 'c-api', 'c-sch', 'c-vol'];

/**
 * Useful but lean: volumes are in (c-*), what costs minutes or another download is not. `horizon` broke often and slows the
 * run, `tempest` makes a whole virtual environment, `etcd3` is a tarball that only several cinder backends would need.
 * `services: {add: […]}` brings back what is wanted.
 */
function services(facts: ServiceFacts): readonly string[] {
  return [...BASE, ...NOVA, ...(facts.isHypervisor ? ['n-cpu'] : []), ...STORES, ...serverServices(facts)];
}

/** DevStack makes the cells of this node alone; its plugin of ours maps the others (devstack.md section 1.8). */
function cellLocalrc({ hostedCells, remoteCells }: RoleFacts): Readonly<Record<string, string>> {
  if (remoteCells.length === 0) return {};
  return {
    NOVA_NUM_CELLS: String(hostedCells),
    BUILDER_REMOTE_CELLS: remoteCells.map(({ cell, host }) => `${cell}=${host}`).join(' '),
  };
}

export const controller: Role = {
  name: 'controller',
  minimum: { vcpus: 4, ramMb: 8192, diskGb: 40 },
  comfortable: { vcpus: 8, ramMb: 16384, diskGb: 80 },
  stackOrder: 1,
  hasApi: true,
  canRestack: false,
  hypervisor: 'by-layout',
  services,
  localrc: (facts) => ({ ...novaLocalrc(facts), ...cellLocalrc(facts), ...serverLocalrc(facts) }),
};
