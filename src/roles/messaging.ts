/** A node for the message queue alone (devstack.md section 1.6). */
import type { Role } from './role.ts';
import { nodeLocalrc } from './shared-localrc.ts';

export const messaging: Role = {
  name: 'messaging',
  minimum: { vcpus: 1, ramMb: 2048, diskGb: 20 },
  comfortable: { vcpus: 2, ramMb: 4096, diskGb: 20 },
  // Before the API node, which fills it (devstack.md section 2.1, step 10).
  stackOrder: 0,
  hasApi: false,
  canRestack: false,
  hypervisor: 'never',
  services: () => ['rabbit'],
  localrc: nodeLocalrc,
};
