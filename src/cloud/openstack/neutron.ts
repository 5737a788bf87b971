/** Ports, security groups and floating IPs: what we make in Neutron. https://docs.openstack.org/api-ref/network/v2/ */
import { z } from 'zod';
import { BuilderError } from '../../errors.ts';
import type {
  FloatingIp,
  FloatingIpRequest,
  Mark,
  Port,
  PortRequest,
  SecurityGroup,
  SecurityGroupRuleRequest,
} from '../cloud.ts';
import { markFromDescription, markToDescription } from '../stamp.ts';
import { classifyReply } from './errors.ts';
import { listAll } from './paging.ts';
import type { Call, Session } from './session.ts';

/** Owner and description, as all our kinds have them. Old Neutrons say tenant_id alone. */
const owned = z.object({
  id: z.string(),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
  description: z.string().nullish(),
});
const port = owned.extend({
  name: z.string().nullish(),
  network_id: z.string(),
  mac_address: z.string(),
  fixed_ips: z.array(z.object({ ip_address: z.string(), subnet_id: z.string() })),
  device_id: z.string().nullish(),
  status: z.string().nullish(),
});
const securityGroup = owned.extend({ name: z.string() });
const floatingIp = owned.extend({
  floating_ip_address: z.string(),
  port_id: z.string().nullish(),
  status: z.string().nullish(),
});

function ownership(found: z.infer<typeof owned>): Pick<Port, 'id' | 'mark' | 'projectId'> {
  return {
    id: found.id,
    mark: markFromDescription(found.description ?? ''),
    projectId: found.project_id ?? found.tenant_id ?? '',
  };
}

function toPort(found: z.infer<typeof port>): Port {
  return {
    ...ownership(found),
    name: found.name ?? '',
    networkId: found.network_id,
    macAddress: found.mac_address,
    fixedIps: found.fixed_ips.map((ip) => ({ address: ip.ip_address, subnetId: ip.subnet_id })),
    deviceId: found.device_id ?? '',
    status: found.status ?? '',
  };
}

function toSecurityGroup(found: z.infer<typeof securityGroup>): SecurityGroup {
  return { ...ownership(found), name: found.name };
}

function toFloatingIp(found: z.infer<typeof floatingIp>): FloatingIp {
  return {
    ...ownership(found),
    address: found.floating_ip_address,
    portId: found.port_id ?? null,
    status: found.status ?? '',
  };
}

/** The collections we use, and the key of one object in requests and replies. */
const KEYS = {
  ports: 'port',
  'security-groups': 'security_group',
  'security-group-rules': 'security_group_rule',
  floatingips: 'floatingip',
} as const;
type Collection = keyof typeof KEYS;

export class Neutron {
  private readonly session: Session;
  private readonly url: string;
  private readonly projectId: string;

  /** `url` ends with the version. */
  constructor(session: Session, url: string, projectId: string) {
    this.session = session;
    this.url = url;
    this.projectId = projectId;
  }

  async listPorts(signal: AbortSignal): Promise<readonly Port[]> {
    return (await this.list('ports', port, signal)).map(toPort).filter((found) => found.projectId === this.projectId);
  }

  async listSecurityGroups(signal: AbortSignal): Promise<readonly SecurityGroup[]> {
    const groups = await this.list('security-groups', securityGroup, signal);
    return groups.map(toSecurityGroup).filter((found) => found.projectId === this.projectId);
  }

  async listFloatingIps(signal: AbortSignal): Promise<readonly FloatingIp[]> {
    const ips = await this.list('floatingips', floatingIp, signal);
    return ips.map(toFloatingIp).filter((found) => found.projectId === this.projectId);
  }

  async getPort(id: string, signal: AbortSignal): Promise<Port | null> {
    const found = await this.get('ports', id, port, signal);
    return found === null ? null : toPort(found);
  }

  async getSecurityGroup(id: string, signal: AbortSignal): Promise<SecurityGroup | null> {
    const found = await this.get('security-groups', id, securityGroup, signal);
    return found === null ? null : toSecurityGroup(found);
  }

  async getFloatingIp(id: string, signal: AbortSignal): Promise<FloatingIp | null> {
    const found = await this.get('floatingips', id, floatingIp, signal);
    return found === null ? null : toFloatingIp(found);
  }

  /** Throws `forbidden` where policy keeps the choice of the MAC address for others. */
  async createPort(request: PortRequest, signal: AbortSignal): Promise<Port> {
    const body = {
      name: request.name,
      network_id: request.networkId,
      security_groups: request.securityGroupIds,
      description: markToDescription(request.mark),
      ...(request.subnetId === null ? {} : { fixed_ips: [{ subnet_id: request.subnetId }] }),
      ...(request.macAddress === null ? {} : { mac_address: request.macAddress }),
    };
    return toPort(await this.create('ports', body, port, signal));
  }

  async createSecurityGroup(name: string, mark: Mark, signal: AbortSignal): Promise<SecurityGroup> {
    const body = { name, description: markToDescription(mark) };
    return toSecurityGroup(await this.create('security-groups', body, securityGroup, signal));
  }

  /** The address comes with its port in one request: taken in two, another could take it in between. */
  async createFloatingIp(request: FloatingIpRequest, signal: AbortSignal): Promise<FloatingIp> {
    const body = {
      floating_network_id: request.networkId,
      port_id: request.portId,
      description: markToDescription(request.mark),
    };
    return toFloatingIp(await this.create('floatingips', body, floatingIp, signal));
  }

  /** Opens incoming traffic; a rule that is there already is fine. Throws `conflict`, retryable, where Neutron only says so. */
  async createSecurityGroupRule(request: SecurityGroupRuleRequest, signal: AbortSignal): Promise<void> {
    const isIcmp6 = request.protocol === 'icmp' && request.etherType === 'IPv6';
    const rule = {
      direction: 'ingress',
      security_group_id: request.securityGroupId,
      ethertype: request.etherType,
      protocol: isIcmp6 ? 'ipv6-icmp' : request.protocol,
      port_range_min: request.portRange?.[0] ?? null,
      port_range_max: request.portRange?.[1] ?? null,
      remote_group_id: request.remoteGroupId,
      remote_ip_prefix: request.remoteCidr,
    };
    const call = this.post('security-group-rules', rule, { accepts: [409] });
    const reply = await this.session.send(call, signal);
    if (reply.status !== 409) return;
    const { error } = classifyReply({ method: call.method, url: call.url, isWrite: true }, reply);
    if (error.details['type'] === 'SecurityGroupRuleExists') return;
    // 409 is also over quota, or somebody in between: no rule was made, and asking again makes no second one.
    if (error.code !== 'conflict') throw error;
    throw new BuilderError(error.code, error.message, { ...error, disposition: 'retryable', cause: error });
  }

  /** Resolves when Neutron accepted or says 404. */
  async remove(
    collection: Exclude<Collection, 'security-group-rules'>,
    id: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.session.send({ method: 'DELETE', url: this.one(collection, id), accepts: [404] }, signal);
  }

  private list<T>(collection: Collection, item: z.ZodType<T>, signal: AbortSignal): Promise<readonly T[]> {
    const url = `${this.url}/${collection}?limit=1000&project_id=${encodeURIComponent(this.projectId)}`;
    return listAll(this.session, { url, collection: `${KEYS[collection]}s`, item }, signal);
  }

  private async get<T>(collection: Collection, id: string, item: z.ZodType<T>, signal: AbortSignal): Promise<T | null> {
    const call: Call = { method: 'GET', url: this.one(collection, id), accepts: [404] };
    const reply = await this.session.send(call, signal);
    const key = KEYS[collection];
    return reply.status === 404 ? null : (this.session.parse(call, z.object({ [key]: item }), reply)[key] as T);
  }

  private async create<T>(collection: Collection, body: object, item: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const key = KEYS[collection];
    const reply = await this.session.call(this.post(collection, body), z.object({ [key]: item }), signal);
    return reply[key] as T;
  }

  private post(collection: Collection, body: object, more: Partial<Call> = {}): Call {
    return { method: 'POST', url: `${this.url}/${collection}`, body: { [KEYS[collection]]: body }, ...more };
  }

  private one(collection: Collection, id: string): string {
    return `${this.url}/${collection}/${encodeURIComponent(id)}`;
  }
}
