/** One server made over the cloud port, with SSH let in from anywhere, and how it is reached. */
import type { Cloud, Network, Port } from '../../src/cloud/cloud.ts';
import { makeKeyPair } from '../../src/host/key-pair.ts';
import { renderUserData } from '../../src/remote/commands/user-data.ts';
import type { Endpoint } from '../../src/remote/remote.ts';
import { named, type OwnCluster, until } from './own-cluster.ts';

export interface ServerWishes {
  readonly image: string;
  readonly flavor: string;
  readonly network: string;
  /** The external network of its floating IP; null where its own address is reached. */
  readonly floatingFrom: string | null;
}

const never = new AbortController().signal;
/** No image has it, so that cloud-init must make it. */
const USER = 'builder';

async function makePort(cloud: Cloud, cluster: OwnCluster, network: Network): Promise<Port> {
  const group = await cloud.createSecurityGroup(cluster.name, cluster.markOf('create-security-group/cluster'), never);
  await cloud.createSecurityGroupRule(
    {
      securityGroupId: group.id,
      etherType: 'IPv4',
      protocol: 'tcp',
      portRange: [22, 22],
      remoteGroupId: null,
      remoteCidr: null,
    },
    never,
  );
  const request = {
    name: cluster.name,
    networkId: network.id,
    subnetId: null,
    macAddress: null,
    securityGroupIds: [group.id],
    mark: cluster.markOf('create-port/node'),
  };
  return await cloud.createPort(request, never);
}

/** The address by which the port is reached from here. */
async function addressOf(cloud: Cloud, cluster: OwnCluster, port: Port, outside: Network | undefined): Promise<string> {
  if (outside === undefined) return port.fixedIps[0]?.address ?? '';
  const mark = cluster.markOf('create-floating-ip/node');
  return (await cloud.createFloatingIp({ networkId: outside.id, portId: port.id, mark }, never)).address;
}

/** Waits until it is ACTIVE, not for its sshd; all of it carries the cluster's mark. */
export async function makeOneServer(cloud: Cloud, cluster: OwnCluster, wishes: ServerWishes): Promise<Endpoint> {
  const networks = await cloud.listNetworks(never);
  const port = await makePort(cloud, cluster, named(networks, wishes.network));
  const outside = wishes.floatingFrom === null ? undefined : named(networks, wishes.floatingFrom);
  const host = await addressOf(cloud, cluster, port, outside);
  const [login, proof] = [makeKeyPair('login'), makeKeyPair('host')];
  const request = {
    name: cluster.name,
    imageId: named(await cloud.listImages(never), wishes.image).id,
    flavorId: named(await cloud.listFlavors(never), wishes.flavor).id,
    portId: port.id,
    zone: null,
    keyName: null,
    userData: renderUserData({
      hostname: 'contract',
      user: USER,
      authorizedKey: login.publicKey,
      hostPrivateKey: proof.privateKey,
      hostPublicKey: proof.publicKey,
    }),
    mark: cluster.markOf('create-server/node'),
  };
  const { id } = await cloud.createServer(request, never);
  const server = await until(
    () => cloud.getServer(id, never),
    (now) => now?.status !== 'BUILD',
  );
  if (server?.status !== 'ACTIVE') throw new Error(`server ${id} is ${server?.status}: ${server?.fault}`);
  return {
    node: 'contract',
    host,
    port: 22,
    user: USER,
    hostKeys: [proof.publicKey.split(' ').slice(0, 2).join(' ')],
    privateKey: login.privateKey,
  };
}
