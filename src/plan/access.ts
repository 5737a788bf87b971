/** Which network the servers are put on, and whether floating IPs are needed to reach them. */
import ipaddr from 'ipaddr.js';
import type { Network, Router, Subnet } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';

/** Whether one of this machine's own addresses lies in the subnet, so that servers there are neighbours. */
function isNeighbour(subnet: Subnet, ownAddresses: readonly string[]): boolean {
  const range = ipaddr.parseCIDR(subnet.cidr);
  return ownAddresses.some((address) => {
    const own = ipaddr.parse(address.replace(/%.*$/, ''));
    return own.kind() === range[0].kind() && own.match(range);
  });
}

/** By id, else by name; exactly one, else `network-not-found` or `network-ambiguous`. */
export function findNetwork(networks: readonly Network[], wanted: string, option: string): Network {
  const matches = networks.filter(({ id, name }) => id === wanted || name === wanted);
  const [only] = matches;
  if (only === undefined) {
    throw new BuilderError('network-not-found', `no network "${wanted}"`, {
      at: option,
      state: 'nothing was created',
      fix: `choose one of: ${networks.map(({ name }) => name).join(', ')}`,
    });
  }
  if (matches.length > 1) {
    throw new BuilderError('network-ambiguous', `${matches.length} networks "${wanted}"`, {
      at: option,
      state: 'nothing was created',
      fix: `use an id: ${matches.map(({ id }) => id).join(', ')}`,
    });
  }
  return only;
}

/**
 * The only network servers can be put on: our own ones first, then shared ones. Throws `network-ambiguous` where several remain,
 * `network-not-found` where none has an IPv4 subnet.
 */
export function chooseNetwork(networks: readonly Network[], subnets: readonly Subnet[], projectId: string): Network {
  const withIpv4 = new Set(subnets.filter(({ ipVersion }) => ipVersion === 4).map(({ networkId }) => networkId));
  const usable = networks.filter(({ id, isExternal }) => !isExternal && withIpv4.has(id));
  const own = usable.filter((network) => network.projectId === projectId);
  const candidates = own.length > 0 ? own : usable;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const names = candidates.map(({ name }) => name).join(', ');
  const code = only === undefined ? 'network-not-found' : 'network-ambiguous';
  const message =
    only === undefined ? 'no network to put servers on' : `${candidates.length} networks to choose from: ${names}`;
  throw new BuilderError(code, message, {
    at: '--network',
    state: 'nothing was created',
    fix: 'name one: --network NAME',
  });
}

interface Route {
  readonly network: Network;
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  readonly routers: readonly Router[];
  /** Of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
  /** The layout's `network.floating`: a name or id, 'none', or null to decide here. */
  readonly wanted: string | null;
}

/**
 * The external network floating IPs come from; null when fixed addresses are reached directly: this machine has an address in the
 * subnet, or the network has no router of its own that leads out (a provider network, routed by whoever made it).
 */
export function chooseFloatingNetwork(route: Route): Network | null {
  const { network, networks, subnets, routers, ownAddresses, wanted } = route;
  if (wanted === 'none') return null;
  const external = networks.filter(({ isExternal }) => isExternal);
  if (wanted !== null) return findNetwork(external, wanted, '--floating-network');
  const own = subnets.filter(({ networkId, ipVersion }) => networkId === network.id && ipVersion === 4);
  if (own.some((subnet) => isNeighbour(subnet, ownAddresses))) return null;
  const router = routers.find(
    ({ externalNetworkId, subnetIds }) => externalNetworkId !== null && own.some(({ id }) => subnetIds.includes(id)),
  );
  return external.find(({ id }) => id === router?.externalNetworkId) ?? null;
}
