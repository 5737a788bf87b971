/** Neutron's quotas: limits, use, and the refusal of what is beyond. https://docs.openstack.org/api-ref/network/v2/#quotas-extension-quotas */
import { ACCOUNT } from '../account.ts';
import { NETWORKS } from '../base-networks.ts';
import { disallowed, NeutronFault } from './neutron-fault.ts';
import { floatingIpsOf, groupsOf, portsOf, rulesOf } from './neutron-world.ts';
import type { ApiRequest, Route, View } from './route.ts';

type Counted = 'port' | 'security_group' | 'security_group_rule' | 'floatingip';

function limitsOf({
  settings: { quotas },
}: View): Readonly<Record<string, number>> & Readonly<Record<Counted, number>> {
  return {
    network: 100,
    subnet: 100,
    subnetpool: -1,
    port: quotas.ports,
    router: 10,
    floatingip: quotas.floatingIps,
    rbac_policy: 10,
    security_group: quotas.securityGroups,
    security_group_rule: quotas.securityGroupRules,
    trunk: -1,
  };
}

/** What cannot be seen yet counts too. */
function useOf(view: View): Readonly<Record<string, number>> & Readonly<Record<Counted, number>> {
  const own = NETWORKS.filter(({ projectId }) => projectId === ACCOUNT.project.id).length;
  return {
    network: own,
    subnet: own,
    router: 1,
    port: portsOf(view).length,
    floatingip: floatingIpsOf(view).length,
    security_group: groupsOf(view).length,
    security_group_rule: rulesOf(view).length,
  };
}

/** Throws where the quota has no room for one more. */
export function checkQuota(view: View, resource: Counted): void {
  const limit = limitsOf(view)[resource];
  if (limit >= 0 && useOf(view)[resource] >= limit)
    throw new NeutronFault(409, 'OverQuota', `Quota exceeded for resources: ['${resource}'].`);
}

function isOwn({ params }: ApiRequest): boolean {
  return params['project'] === ACCOUNT.project.id;
}

const showQuota: Route['handle'] = (request, view) => {
  if (!isOwn(request)) throw disallowed('rule:get_quota');
  return { status: 200, json: { quota: limitsOf(view) } };
};

const showDetails: Route['handle'] = (request, view) => {
  if (!isOwn(request))
    throw new NeutronFault(
      403,
      'AdminRequired',
      'User does not have admin privileges: Only admin is authorized to access quotas for another project.',
    );
  const use = useOf(view);
  const details = Object.entries(limitsOf(view)).map(
    ([resource, limit]) => [resource, { limit, used: use[resource] ?? 0, reserved: 0 }] as const,
  );
  return { status: 200, json: { quota: Object.fromEntries(details) } };
};

function refuse(rule: string): Route['handle'] {
  return () => {
    throw disallowed(rule);
  };
}

export const QUOTA_ROUTES: readonly Route[] = [
  { operation: 'list-quotas', method: 'GET', pattern: '/v2.0/quotas', handle: refuse('rule:get_quota') },
  { operation: 'show-quota', method: 'GET', pattern: '/v2.0/quotas/:project', handle: showQuota },
  { operation: 'show-quota', method: 'GET', pattern: '/v2.0/quotas/:project/default', handle: showQuota },
  { operation: 'show-quota', method: 'GET', pattern: '/v2.0/quotas/:project/details', handle: showDetails },
  { operation: 'update-quota', method: 'PUT', pattern: '/v2.0/quotas/:project', handle: refuse('rule:update_quota') },
  {
    operation: 'delete-quota',
    method: 'DELETE',
    pattern: '/v2.0/quotas/:project',
    handle: refuse('rule:delete_quota'),
  },
];
