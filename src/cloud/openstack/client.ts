/** The Cloud port, answered by an OpenStack. */
import { BuilderError } from '../../errors.ts';
import type { Clock } from '../../host/clock.ts';
import type { Random } from '../../host/random.ts';
import type { Cloud, CloudScope } from '../cloud.ts';
import { findEndpoint, withVersion } from './catalog.ts';
import { findComputeApi } from './compute-api.ts';
import type { Fetch } from './connections.ts';
import type { Credentials } from './credentials.ts';
import { Exchange } from './exchange.ts';
import { Glance } from './glance.ts';
import { Http } from './http.ts';
import { Neutron } from './neutron.ts';
import { NeutronNetworks } from './neutron-networks.ts';
import { Nova } from './nova.ts';
import { NovaServers } from './nova-servers.ts';
import { Session } from './session.ts';
import { survey } from './survey.ts';
import { Waits } from './waits.ts';

/** The services of one connected project. */
interface Services {
  readonly scope: CloudScope;
  readonly glance: Glance;
  readonly nova: Nova;
  readonly novaServers: NovaServers;
  readonly neutron: Neutron;
  readonly networks: NeutronNetworks;
}

/** Services by the beginning of their URLs; what is none of them is Keystone. */
class ServiceNames {
  private readonly known: { readonly begin: string; readonly name: string }[] = [];

  add(url: string, name: string): void {
    this.known.push({ begin: url.replace(/\/+$/, ''), name });
  }

  nameOf(url: string): string {
    return this.known.find(({ begin }) => url.startsWith(begin))?.name ?? 'Keystone';
  }
}

async function connect(session: Session, names: ServiceNames, signal: AbortSignal): Promise<Services> {
  const { credentials } = session;
  const { user, project, catalog, expiresAt } = await session.ensureToken(signal);
  const compute = findEndpoint(catalog, credentials, 'compute');
  const image = findEndpoint(catalog, credentials, 'image');
  const network = withVersion(findEndpoint(catalog, credentials, 'network').url, 'v2.0');
  names.add(compute.url, 'Nova');
  names.add(image.url, 'Glance');
  names.add(network, 'Neutron');
  const api = await findComputeApi(session, compute.url, signal);
  return {
    scope: {
      cloud: credentials.cloud,
      authUrl: credentials.authUrl,
      region: credentials.region ?? compute.region,
      projectId: project.id,
      projectName: project.name,
      userId: user.id,
      userName: user.name,
      hardExpiry: credentials.auth.type === 'token' ? expiresAt : null,
    },
    glance: new Glance(session, image.url, project.id),
    nova: new Nova(session, api),
    novaServers: new NovaServers(session, api, project.id),
    neutron: new Neutron(session, network, project.id),
    networks: new NeutronNetworks(session, network, project.id),
  };
}

interface ClientParts {
  readonly clock: Clock;
  readonly random: Pick<Random, 'fraction'>;
  /** Takes what people should know of waiting for a service. */
  readonly tell?: (text: string) => void;
  /** Other ways to the services than sockets. */
  readonly connections?: Fetch;
}

/** A client that has sent nothing yet: `connect` is the first call of all. */
export function openOpenStack(credentials: Credentials, host: ClientParts): Cloud {
  const names = new ServiceNames();
  const waits = new Waits(
    host.clock,
    (url) => names.nameOf(url),
    (text) => host.tell?.(text),
  );
  const http = new Http(credentials.transport, host.connections);
  const exchange = new Exchange(http, { clock: host.clock, random: host.random, waits });
  const session = new Session(credentials, exchange, host.clock);
  let connected: Services | null = null;
  const services = (): Services => {
    if (connected === null) throw new BuilderError('internal', 'the cloud was asked before it was connected');
    return connected;
  };
  return {
    async connect(signal) {
      connected ??= await connect(session, names, signal);
      return connected.scope;
    },
    waitLonger: () => session.waitLonger(),
    listImages: async (signal) => await services().glance.listImages(signal),
    listFlavors: async (signal) => await services().nova.listFlavors(signal),
    listNetworks: async (signal) => await services().networks.listNetworks(signal),
    listSubnets: async (signal) => await services().networks.listSubnets(signal),
    listRouters: async (signal) => await services().networks.listRouters(signal),
    listAvailabilityZones: async (signal) => await services().nova.listAvailabilityZones(signal),
    hasKeypair: async (name, signal) => await services().nova.hasKeypair(name, signal),
    async readQuotas(signal) {
      const { nova, networks } = services();
      const [compute, network] = await Promise.all([nova.readLimits(signal), networks.readQuotas(signal)]);
      return { ...compute, ...network };
    },
    async survey(signal) {
      const { nova, novaServers, neutron } = services();
      return await survey(nova, novaServers, neutron, signal);
    },
    listServers: async (signal) => await services().novaServers.listServers(signal),
    getServer: async (id, signal) => await services().novaServers.getServer(id, signal),
    createServer: async (request, signal) => await services().novaServers.createServer(request, signal),
    deleteServer: async (id, signal) => await services().novaServers.deleteServer(id, signal),
    forceDeleteServer: async (id, signal) => await services().novaServers.act(id, 'forceDelete', signal),
    unlockServer: async (id, signal) => await services().novaServers.act(id, 'unlock', signal),
    readConsole: async (id, lines, signal) => await services().novaServers.readConsole(id, lines, signal),
    getPort: async (id, signal) => await services().neutron.getPort(id, signal),
    createPort: async (request, signal) => await services().neutron.createPort(request, signal),
    deletePort: async (id, signal) => await services().neutron.remove('ports', id, signal),
    getSecurityGroup: async (id, signal) => await services().neutron.getSecurityGroup(id, signal),
    createSecurityGroup: async (name, mark, signal) => await services().neutron.createSecurityGroup(name, mark, signal),
    createSecurityGroupRule: async (request, signal) =>
      await services().neutron.createSecurityGroupRule(request, signal),
    deleteSecurityGroup: async (id, signal) => await services().neutron.remove('security-groups', id, signal),
    getFloatingIp: async (id, signal) => await services().neutron.getFloatingIp(id, signal),
    createFloatingIp: async (request, signal) => await services().neutron.createFloatingIp(request, signal),
    deleteFloatingIp: async (id, signal) => await services().neutron.remove('floatingips', id, signal),
    close: async () => await session.close(),
  };
}
