/** What every implementation of the cloud port must do, whatever stands behind it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud, CloudScope, Network, SecurityGroup } from '../../src/cloud/cloud.ts';
import { named, OwnCluster, until } from './own-cluster.ts';

export interface CloudSubject {
  readonly cloud: Cloud;
  /** Names of what the cloud must have. `serverNetwork` takes servers; `insideNetwork` is reached through floating IPs. */
  readonly image: string;
  readonly flavor: string;
  readonly serverNetwork: string;
  readonly insideNetwork: string;
}

const never = new AbortController().signal;
const cluster = new OwnCluster();

/** Registers the suite; `setup` gives a cloud that nobody has connected yet. */
export function cloudSuite(name: string, setup: () => Promise<CloudSubject>): void {
  describe(`the cloud port: ${name}`, () => {
    let subject: CloudSubject;
    let cloud: Cloud;
    let scope: CloudScope;
    let networks: readonly Network[];
    beforeAll(async () => {
      subject = await setup();
      cloud = subject.cloud;
      scope = await cloud.connect(never);
      networks = await cloud.listNetworks(never);
    });
    afterAll(async () => {
      await cluster.sweep(cloud);
      await cloud.close();
    });

    async function makeGroup(): Promise<SecurityGroup> {
      return await cloud.createSecurityGroup(
        `${cluster.name}-group`,
        cluster.markOf(`create-security-group/${randomUUID()}`),
        never,
      );
    }

    it('says who we are and where', () => {
      expect(scope.projectId).toMatch(/./);
      expect(scope.userId).toMatch(/./);
      expect(scope.authUrl).toMatch(/^https?:/);
    });

    it('lists images, flavors, networks, subnets, routers and zones', async () => {
      const image = named(await cloud.listImages(never), subject.image);
      expect(image).toMatchObject({ status: 'active' });
      const flavor = named(await cloud.listFlavors(never), subject.flavor);
      expect(flavor.vcpus).toBeGreaterThan(0);
      expect(flavor.ramMb).toBeGreaterThan(0);
      const inside = named(networks, subject.insideNetwork);
      const subnets = (await cloud.listSubnets(never)).filter(({ networkId }) => networkId === inside.id);
      expect(subnets.map(({ id }) => id)).toEqual(inside.subnetIds);
      const routers = await cloud.listRouters(never);
      const gate = routers.find(({ subnetIds }) => inside.subnetIds.some((id) => subnetIds.includes(id)));
      expect(networks.find(({ id }) => id === gate?.externalNetworkId)).toMatchObject({ isExternal: true });
      expect(await cloud.listAvailabilityZones(never)).not.toEqual([]);
      expect(await cloud.hasKeypair(`no-such-${cluster.name}`, never)).toBe(false);
    });

    it('believes its own survey, and counts what it lists', async () => {
      const survey = await cloud.survey(never);
      expect(survey.blindness).toEqual([]);
      for (const { projectId } of [
        ...survey.servers,
        ...survey.ports,
        ...survey.floatingIps,
        ...survey.securityGroups,
      ]) {
        expect(projectId).toBe(scope.projectId);
      }
      const quotas = await cloud.readQuotas(never);
      expect(quotas.securityGroups.used).toBeGreaterThanOrEqual(1);
      for (const { limit, used } of Object.values(quotas)) {
        expect(limit).toBeGreaterThanOrEqual(-1);
        expect(used).toBeGreaterThanOrEqual(0);
      }
    });

    it('answers null for what is not there, and takes its deletion as done', async () => {
      const id = randomUUID();
      expect(await cloud.getServer(id, never)).toBeNull();
      expect(await cloud.getPort(id, never)).toBeNull();
      expect(await cloud.getSecurityGroup(id, never)).toBeNull();
      expect(await cloud.getFloatingIp(id, never)).toBeNull();
      await cloud.deleteServer(id, never);
      await cloud.deletePort(id, never);
      await cloud.deleteSecurityGroup(id, never);
      await cloud.deleteFloatingIp(id, never);
    });

    it('makes a security group with its mark; a rule made twice is one rule', async () => {
      const mark = cluster.markOf('create-security-group/cluster');
      const group = await cloud.createSecurityGroup(`${cluster.name}-group`, mark, never);
      expect(group).toMatchObject({ mark, projectId: scope.projectId });
      const rule = { securityGroupId: group.id, etherType: 'IPv4', remoteGroupId: null, remoteCidr: null } as const;
      const ssh = { ...rule, protocol: 'tcp', portRange: [22, 22] } as const;
      await cloud.createSecurityGroupRule(ssh, never);
      await cloud.createSecurityGroupRule(ssh, never);
      await cloud.createSecurityGroupRule({ ...rule, protocol: 'icmp', portRange: null }, never);
      await cloud.createSecurityGroupRule({ ...rule, etherType: 'IPv6', protocol: 'icmp', portRange: null }, never);
      await cloud.createSecurityGroupRule({ ...rule, protocol: null, portRange: null, remoteGroupId: group.id }, never);
      expect(await cloud.getSecurityGroup(group.id, never)).toEqual(group);
      await cloud.deleteSecurityGroup(group.id, never);
      expect(await cloud.getSecurityGroup(group.id, never)).toBeNull();
    });

    it('makes a port with its MAC address and mark, and refuses a second one of that address', async () => {
      const group = await makeGroup();
      const network = named(networks, subject.insideNetwork);
      const macAddress = `02:${randomUUID().replaceAll('-', '').slice(0, 10).match(/../g)?.join(':') ?? ''}`;
      const mark = cluster.markOf('create-port/controller');
      const request = {
        name: `${cluster.name}-port`,
        networkId: network.id,
        subnetId: network.subnetIds[0] ?? null,
        macAddress,
        securityGroupIds: [group.id],
        mark,
      };
      const port = await cloud.createPort(request, never);
      expect(port).toMatchObject({ macAddress, mark, projectId: scope.projectId, networkId: network.id, deviceId: '' });
      expect(port.fixedIps).toHaveLength(1);
      await expect(cloud.createPort(request, never)).rejects.toMatchObject({ code: 'conflict' });
      expect(await cloud.getPort(port.id, never)).toMatchObject({ id: port.id, mark });
      await cloud.deletePort(port.id, never);
      expect(await cloud.getPort(port.id, never)).toBeNull();
    });

    it('makes a floating IP on a port in one request, and refuses a second one', async () => {
      const inside = named(networks, subject.insideNetwork);
      const outside = networks.find(({ isExternal }) => isExternal);
      const portRequest = {
        name: `${cluster.name}-fip`,
        networkId: inside.id,
        subnetId: null,
        macAddress: null,
        securityGroupIds: [],
      };
      const port = await cloud.createPort({ ...portRequest, mark: cluster.markOf('create-port/fip') }, never);
      const mark = cluster.markOf('create-floating-ip/controller');
      const request = { networkId: outside?.id ?? '', portId: port.id, mark };
      const ip = await cloud.createFloatingIp(request, never);
      expect(ip).toMatchObject({ portId: port.id, mark, projectId: scope.projectId });
      expect(ip.address).toMatch(/^[\d.]+$/);
      await expect(cloud.createFloatingIp(request, never)).rejects.toMatchObject({ code: 'conflict' });
      const survey = await cloud.survey(never);
      expect(survey.floatingIps.find(({ id }) => id === ip.id)?.mark).toEqual(mark);
      await cloud.deleteFloatingIp(ip.id, never);
      expect(await cloud.getFloatingIp(ip.id, never)).toBeNull();
    });

    it('boots a server from a port with its mark, lists it, and proves its absence after the delete', async () => {
      const [images, flavors] = await Promise.all([cloud.listImages(never), cloud.listFlavors(never)]);
      const network = named(networks, subject.serverNetwork);
      const portRequest = {
        name: `${cluster.name}-server`,
        networkId: network.id,
        subnetId: null,
        macAddress: null,
        securityGroupIds: [],
      };
      const port = await cloud.createPort({ ...portRequest, mark: cluster.markOf('create-port/server') }, never);
      const mark = cluster.markOf('create-server/controller');
      const image = named(images, subject.image);
      const request = {
        name: `${cluster.name}-server`,
        imageId: image.id,
        flavorId: named(flavors, subject.flavor).id,
        portId: port.id,
        zone: null,
        keyName: null,
        userData: '#cloud-config\n',
        mark,
      };
      const { id, requestId } = await cloud.createServer(request, never);
      expect(requestId).toMatch(/^req-/);
      const listed = (await cloud.listServers(never)).find((server) => server.id === id);
      expect(listed).toMatchObject({ name: request.name, mark, projectId: scope.projectId, imageId: image.id });
      const settled = await until(
        () => cloud.getServer(id, never),
        (server) => server?.status !== 'BUILD',
      );
      expect(settled).toMatchObject({ status: 'ACTIVE', fault: null, isLocked: false });
      expect(await cloud.getPort(port.id, never)).toMatchObject({ deviceId: id });
      expect(await cloud.readConsole(id, 5, never)).toBeTypeOf('string');
      await cloud.unlockServer(id, never);
      await cloud.deleteServer(id, never);
      await until(
        () => cloud.getServer(id, never),
        (server) => server === null,
      );
      expect((await cloud.listServers(never)).some((server) => server.id === id)).toBe(false);
    });

    it('names what was wrong with a refused create, and makes nothing', async () => {
      const bad = {
        name: `${cluster.name}-bad`,
        networkId: randomUUID(),
        subnetId: null,
        macAddress: null,
        securityGroupIds: [],
      };
      const error: unknown = await cloud
        .createPort({ ...bad, mark: cluster.markOf('create-port/bad') }, never)
        .catch((refused: unknown) => refused);
      expect(error).toMatchObject({
        code: 'not-found',
        disposition: 'terminal',
        at: expect.stringMatching(/^POST .*\(req-/),
      });
      expect((await cloud.survey(never)).ports.some(({ mark }) => mark?.key === 'create-port/bad')).toBe(false);
    });
  });
}
