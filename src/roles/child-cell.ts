/** A node with the database, the message queue and the conductor of one of nova's cells (devstack.md section 1.8). */
import type { Role } from './role.ts';
import { nodeLocalrc } from './shared-localrc.ts';

export const childCell: Role = {
  name: 'child-cell',
  minimum: { vcpus: 2, ramMb: 4096, diskGb: 20 },
  comfortable: { vcpus: 4, ramMb: 8192, diskGb: 40 },
  // Before the API node, which meets a cell with its database. It asks no API while it is stacked (devstack.md section 2.1, step 10).
  stackOrder: 0,
  hasApi: false,
  canRestack: false,
  hypervisor: 'never',
  services: () => ['mysql', 'rabbit', 'n-cond', 'placement-client'],
  // DevStack starts the conductors of all cells and the one above them wherever n-cond is enabled.
  disables: ({ cell, cells }) => [
    'n-super-cond',
    ...Array.from({ length: cells }, (_, index) => index + 1)
      .filter((other) => other !== cell)
      .map((other) => `n-cond-cell${other}`),
  ],
  localrc: (facts) => ({
    ...nodeLocalrc(facts),
    SERVICE_TIMEOUT: '240',
    // Its plugin would stand in the connection URL that the conductor gets, but not in the API node's.
    MYSQL_GATHER_PERFORMANCE: 'False',
    NOVA_NUM_CELLS: String(facts.cells),
    BUILDER_CELL: String(facts.cell),
  }),
};
