/** A compute node: a hypervisor and its network agent, everything else is elsewhere. */
import { gatewayLocalrc } from './gateway.ts';
import { agentServices, backendLocalrc } from './networking.ts';
import type { Role } from './role.ts';
import { novaLocalrc } from './shared-localrc.ts';

export const compute: Role = {
  name: 'compute',
  minimum: { vcpus: 2, ramMb: 4096, diskGb: 40 },
  comfortable: { vcpus: 4, ramMb: 8192, diskGb: 40 },
  // After the API node: its cell, its database and its service catalog must be complete (devstack.md section 2.1).
  stackOrder: 2,
  hasApi: false,
  canRestack: true,
  hypervisor: 'always',
  services: (facts) => ['n-cpu', 'placement-client', ...agentServices(facts)],
  localrc: (facts) => ({
    ...novaLocalrc(facts),
    GLANCE_HOSTPORT: `${facts.serviceHost}:9292`,
    Q_HOST: facts.serviceHost,
    NOVA_VNC_ENABLED: 'True',
    ...backendLocalrc(facts),
    FIXED_RANGE: facts.fixedRange,
    FLOATING_RANGE: facts.floatingRange,
    ...gatewayLocalrc('compute', facts),
  }),
};
