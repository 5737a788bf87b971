/** A node for the database alone (devstack.md section 1.6). */
import type { Role } from './role.ts';
import { nodeLocalrc } from './shared-localrc.ts';

export const database: Role = {
  name: 'database',
  minimum: { vcpus: 1, ramMb: 2048, diskGb: 20 },
  comfortable: { vcpus: 2, ramMb: 4096, diskGb: 20 },
  // Before the API node, which fills it (devstack.md section 2.1, step 10).
  stackOrder: 0,
  hasApi: false,
  canRestack: false,
  hypervisor: 'never',
  services: () => ['mysql'],
  localrc: (facts) => ({ ...nodeLocalrc(facts), MYSQL_GATHER_PERFORMANCE: 'False' }),
};
