/** Networks, subnets, routers and quotas: what we only read in Neutron. https://docs.openstack.org/api-ref/network/v2/ */
import { z } from 'zod';
import type { Network, Quota, QuotaKind, Router, Subnet } from '../cloud.ts';
import { listAll } from './paging.ts';
import type { Call, Session } from './session.ts';

const project = { project_id: z.string().optional(), tenant_id: z.string().optional() };
const network = z.object({
  ...project,
  id: z.string(),
  name: z.string().nullish(),
  'router:external': z.boolean().default(false),
  shared: z.boolean().default(false),
  /** Missing or 0 where Neutron does not know it: then Ethernet's. */
  mtu: z.number().nullish(),
  subnets: z.array(z.string()).default([]),
});
const subnet = z.object({
  id: z.string(),
  network_id: z.string(),
  cidr: z.string(),
  ip_version: z.union([z.literal(4), z.literal(6)]),
});
const router = z.object({
  ...project,
  id: z.string(),
  external_gateway_info: z.object({ network_id: z.string() }).nullish(),
});
const routerPort = z.object({
  device_id: z.string(),
  device_owner: z.string(),
  fixed_ips: z.array(z.object({ subnet_id: z.string() })),
});
/** Plain, distributed, highly available. */
const ROUTER_PORTS = [
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
];

type NeutronQuotaKind = Extract<QuotaKind, 'ports' | 'securityGroups' | 'securityGroupRules' | 'floatingIps'>;
const QUOTAS = [
  ['ports', 'port', 'ports'],
  ['securityGroups', 'security_group', 'security-groups'],
  ['securityGroupRules', 'security_group_rule', 'security-group-rules'],
  ['floatingIps', 'floatingip', 'floatingips'],
] as const satisfies readonly (readonly [NeutronQuotaKind, string, string])[];
const count = z.coerce.number();
const quotaDetail = z.object({ limit: count, used: count, reserved: count.default(0) }).optional();
const quotaDetails = z.object({
  quota: z.object({
    port: quotaDetail,
    security_group: quotaDetail,
    security_group_rule: quotaDetail,
    floatingip: quotaDetail,
  }),
});
const quotaLimits = z.object({ quota: z.record(z.string(), z.unknown()) });
const anything = z.object({ id: z.string(), ...project });

export class NeutronNetworks {
  private readonly session: Session;
  private readonly url: string;
  private readonly projectId: string;

  /** `url` ends with the version. */
  constructor(session: Session, url: string, projectId: string) {
    this.session = session;
    this.url = url;
    this.projectId = projectId;
  }

  /** Those that our project may use. */
  async listNetworks(signal: AbortSignal): Promise<readonly Network[]> {
    const networks = await this.list('networks', network, '', signal);
    const all = networks.map((found) => ({
      id: found.id,
      name: found.name ?? '',
      projectId: found.project_id ?? found.tenant_id ?? '',
      isExternal: found['router:external'],
      isShared: found.shared,
      mtu: found.mtu === 0 ? 1500 : (found.mtu ?? 1500),
      subnetIds: found.subnets,
    }));
    // An administrator's token lists everybody's.
    return all.filter(({ projectId, isExternal, isShared }) => projectId === this.projectId || isExternal || isShared);
  }

  async listSubnets(signal: AbortSignal): Promise<readonly Subnet[]> {
    const subnets = await this.list('subnets', subnet, '', signal);
    return subnets.map(({ id, network_id: networkId, cidr, ip_version: ipVersion }) => ({
      id,
      networkId,
      cidr,
      ipVersion,
    }));
  }

  /** Our project's. Which subnets a router joins is told only by its ports. */
  async listRouters(signal: AbortSignal): Promise<readonly Router[]> {
    const owners = ROUTER_PORTS.map((owner) => `&device_owner=${encodeURIComponent(owner)}`).join('');
    const [routers, ports] = await Promise.all([
      this.list('routers', router, this.ours, signal),
      this.list('ports', routerPort, owners, signal),
    ]);
    return routers
      .filter((found) => (found.project_id ?? found.tenant_id) === this.projectId)
      .map(({ id, external_gateway_info: gateway }) => ({
        id,
        externalNetworkId: gateway?.network_id ?? null,
        subnetIds: ports
          .filter(({ device_id: device, device_owner: owner }) => device === id && ROUTER_PORTS.includes(owner))
          .flatMap(({ fixed_ips: ips }) => ips.map((ip) => ip.subnet_id)),
      }));
  }

  /** What a cloud hides counts as unlimited; its own refusal then comes at the create. */
  async readQuotas(signal: AbortSignal): Promise<Readonly<Record<NeutronQuotaKind, Quota>>> {
    const call: Call = {
      method: 'GET',
      url: `${this.url}/quotas/${encodeURIComponent(this.projectId)}/details.json`,
      accepts: [400, 403, 404],
    };
    const reply = await this.session.send(call, signal);
    if (reply.status >= 400) return await this.countQuotas(signal);
    const { quota } = this.session.parse(call, quotaDetails, reply);
    const rows = QUOTAS.map(([kind, key]) => {
      const { limit, used, reserved } = quota[key] ?? { limit: -1, used: 0, reserved: 0 };
      return [kind, { limit, used: used + reserved }] as const;
    });
    return Object.fromEntries(rows) as Record<NeutronQuotaKind, Quota>;
  }

  /** For a Neutron without the quota_details extension: limits from the quota, use by counting. */
  private async countQuotas(signal: AbortSignal): Promise<Readonly<Record<NeutronQuotaKind, Quota>>> {
    const call: Call = {
      method: 'GET',
      url: `${this.url}/quotas/${encodeURIComponent(this.projectId)}`,
      accepts: [400, 403, 404],
    };
    const reply = await this.session.send(call, signal);
    const quota = reply.status >= 400 ? {} : this.session.parse(call, quotaLimits, reply).quota;
    const rows = await Promise.all(
      QUOTAS.map(async ([kind, key, path]) => {
        const found = await this.list(path, anything, this.ours, signal);
        const used = found.filter((one) => (one.project_id ?? one.tenant_id) === this.projectId).length;
        return [kind, { limit: count.catch(-1).parse(quota[key]), used }] as const;
      }),
    );
    return Object.fromEntries(rows) as Record<NeutronQuotaKind, Quota>;
  }

  private get ours(): string {
    return `&project_id=${encodeURIComponent(this.projectId)}`;
  }

  private list<T>(path: string, item: z.ZodType<T>, query: string, signal: AbortSignal): Promise<readonly T[]> {
    const collection = path.replaceAll('-', '_');
    return listAll(this.session, { url: `${this.url}/${path}?limit=1000${query}`, collection, item }, signal);
  }
}
