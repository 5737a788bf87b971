/** A network node: the gateway between the networks of guests and the public one, and nothing else (devstack.md section 1.5). */
import { gatewayLocalrc } from './gateway.ts';
import { agentServices, backendLocalrc } from './networking.ts';
import type { Role } from './role.ts';
import { nodeLocalrc } from './shared-localrc.ts';

export const network: Role = {
  name: 'network',
  minimum: { vcpus: 1, ramMb: 2048, diskGb: 20 },
  comfortable: { vcpus: 2, ramMb: 4096, diskGb: 20 },
  // Beside the computes: its agents register with the neutron server, and the metadata agent reads the service catalog.
  stackOrder: 2,
  hasApi: false,
  canRestack: true,
  hypervisor: 'never',
  // With ML2 routers, DHCP and metadata are agents' work; with OVN any chassis can do it that is told to.
  services: (facts) => [...agentServices(facts), ...(facts.backend === 'ovs' ? ['q-dhcp', 'q-l3', 'q-meta'] : [])],
  localrc: (facts) => ({
    ...nodeLocalrc(facts),
    SERVICE_TIMEOUT: '240',
    IP_VERSION: '4',
    PUBLIC_BRIDGE_MTU: String(facts.mtu),
    Q_HOST: facts.serviceHost,
    ...backendLocalrc(facts),
    ...gatewayLocalrc('network', facts),
    FIXED_RANGE: facts.fixedRange,
    FLOATING_RANGE: facts.floatingRange,
  }),
};
