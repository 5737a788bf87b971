/** Nova of the rehearsal cloud: its versions, and the routes of all that it owns. */
import { actionRoutes } from './nova-actions.ts';
import { novaError } from './nova-answers.ts';
import { factRoutes } from './nova-facts.ts';
import { keypairRoutes } from './nova-keypairs.ts';
import { serverPartRoutes } from './nova-server-parts.ts';
import { serverRoutes } from './nova-servers.ts';
import { answerRefusals } from './refusal.ts';
import type { Route, Service, View } from './route.ts';

function versionOf(view: View): object {
  return {
    id: 'v2.1',
    status: 'CURRENT',
    version: '2.95',
    min_version: '2.1',
    updated: '2013-07-23T11:33:21Z',
    links: [{ rel: 'self', href: `${view.url}/compute/v2.1/` }],
  };
}

const versionRoutes: readonly Route[] = [
  {
    operation: 'discover-compute',
    method: 'GET',
    pattern: '/',
    isOpen: true,
    handle: (_request, view) => ({ status: 200, json: { versions: [versionOf(view)] } }),
  },
  {
    operation: 'discover-compute',
    method: 'GET',
    pattern: '/v2.1',
    isOpen: true,
    handle: (_request, view) => ({
      status: 200,
      json: {
        version: {
          ...versionOf(view),
          links: [
            { rel: 'self', href: `${view.url}/compute/v2.1/` },
            { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
          ],
          'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
        },
      },
    }),
  },
];

export const nova: Service = {
  name: 'compute',
  type: 'compute',
  routes: [
    ...versionRoutes,
    ...serverRoutes,
    ...serverPartRoutes,
    ...actionRoutes,
    ...factRoutes,
    ...keypairRoutes,
  ].map(answerRefusals),
  error: novaError,
};
