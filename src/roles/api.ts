/** The API node of a cluster whose database and message queue have nodes of their own. */
import { controller } from './controller.ts';
import type { Role } from './role.ts';

/**
 * DevStack knows the node that makes the databases by the database it runs itself. So the API node runs idle twins of both
 * services, whose place is on other nodes, until it is stacked (devstack.md section 1.6, way A): `mysql` and `rabbit` stay in the list.
 */
export const api: Role = {
  ...controller,
  name: 'api',
  comfortable: { vcpus: 4, ramMb: 12_288, diskGb: 60 },
  localrc: (facts) => ({
    ...controller.localrc(facts),
    // Statistics of the twin would be none, and its plugin would stand in every connection URL.
    MYSQL_GATHER_PERFORMANCE: 'False',
  }),
};
