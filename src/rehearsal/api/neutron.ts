/** Neutron of the rehearsal cloud: the service with its version documents and what has nothing to list. */
import { ZONES } from '../base-images.ts';
import { EXTENSION_ROUTES } from './neutron-extensions.ts';
import { neutronError } from './neutron-fault.ts';
import { FLOATING_IP_ROUTES } from './neutron-floating-ips.ts';
import { NETWORK_ROUTES } from './neutron-networks.ts';
import { PORT_ROUTES } from './neutron-ports.ts';
import { QUOTA_ROUTES } from './neutron-quotas.ts';
import { SECURITY_GROUP_RULE_ROUTES } from './neutron-rules.ts';
import { SECURITY_GROUP_ROUTES } from './neutron-security.ts';
import { TAG_ROUTES } from './neutron-tags.ts';
import { answerRefusals } from './refusal.ts';
import type { Route, Service } from './route.ts';

/** Those of the core, as Neutron counts them; the others are extensions. */
const CORE = ['network', 'subnet', 'subnetpool', 'port'];

const VERSION_ROUTES: readonly Route[] = [
  {
    operation: 'list-network-versions',
    method: 'GET',
    pattern: '/',
    isOpen: true,
    handle: (_request, view) => {
      const links = [{ rel: 'self', href: `${view.url}/network/v2.0/` }];
      return { status: 200, json: { versions: [{ id: 'v2.0', status: 'CURRENT', links }] } };
    },
  },
  {
    operation: 'show-network-version',
    method: 'GET',
    pattern: '/v2.0',
    handle: (_request, view) => {
      const resources = CORE.map((name) => ({
        name,
        collection: `${name}s`,
        links: [{ rel: 'self', href: `${view.url}/network/v2.0/${name}s` }],
      }));
      return { status: 200, json: { resources } };
    },
  },
];

const ZONE_ROUTE: Route = {
  operation: 'list-network-zones',
  method: 'GET',
  pattern: '/v2.0/availability_zones',
  handle: ({ query }) => {
    const wanted = query.getAll('resource');
    const zones = ['router', 'network']
      .filter((resource) => wanted.length === 0 || wanted.includes(resource))
      .map((resource) => ({ state: 'available', name: ZONES[0], resource }));
    return { status: 200, json: { availability_zones: zones } };
  },
};

/** Empty for who is no administrator, or because nobody made any. */
const EMPTY = ['agents', 'network-ip-availabilities', 'subnetpools', 'address-scopes', 'rbac-policies'];

const EMPTY_ROUTES: readonly Route[] = EMPTY.map((path) => ({
  operation: `list-${path}`,
  method: 'GET',
  pattern: `/v2.0/${path}`,
  handle: () => ({ status: 200, json: { [path.replaceAll('-', '_')]: [] } }),
}));

export const neutron: Service = {
  name: 'network',
  type: 'network',
  error: neutronError,
  routes: [
    ...VERSION_ROUTES,
    ...NETWORK_ROUTES,
    ...PORT_ROUTES,
    ...SECURITY_GROUP_ROUTES,
    ...SECURITY_GROUP_RULE_ROUTES,
    ...FLOATING_IP_ROUTES,
    ...TAG_ROUTES,
    ...QUOTA_ROUTES,
    ...EXTENSION_ROUTES,
    ZONE_ROUTE,
    ...EMPTY_ROUTES,
  ].map(answerRefusals),
};
