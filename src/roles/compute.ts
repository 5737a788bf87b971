/** A compute node: a hypervisor with OVN, everything else is the controller's. */
import type { Role, RoleFacts, ServiceFacts } from './role.ts';
import { ovnAgentService, sharedLocalrc } from './shared-localrc.ts';

export const compute: Role = {
  name: 'compute',
  minimum: { vcpus: 2, ramMb: 4096, diskGb: 40 },
  comfortable: { vcpus: 4, ramMb: 8192, diskGb: 40 },
  // After the controller: its cell, its database and its service catalog must be complete (devstack.md section 2.1).
  stackOrder: 1,
  services: (facts: ServiceFacts) => [
    'n-cpu',
    'placement-client',
    ovnAgentService(facts.ref),
    'ovn-controller',
    'ovs-vswitchd',
    'ovsdb-server',
  ],
  localrc: (facts: RoleFacts) => ({
    ...sharedLocalrc(facts),
    GLANCE_HOSTPORT: `${facts.controllerIp}:9292`,
    Q_HOST: facts.controllerIp,
    NOVA_VNC_ENABLED: 'True',
    FIXED_RANGE: facts.fixedRange,
    FLOATING_RANGE: facts.floatingRange,
    // Floating IPs leave by the controller; a second gateway chassis would answer for addresses it cannot reach.
    ENABLE_CHASSIS_AS_GW: 'False',
  }),
};
