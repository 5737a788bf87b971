/** The cloud port: what the builder asks of an OpenStack, in OpenStack's own words. */

/** Our mark on a resource, sent in the same request that creates it (reliability.md section 2.4). */
export interface Mark {
  readonly cluster: string;
  readonly key: string;
  readonly generation: number;
  readonly nonce: string;
  readonly epoch: number;
}

/** Who we are and where; pinned in the journal on first success. */
export interface CloudScope {
  /** Name given by OS_CLOUD or --cloud; null when the OS_* variables alone decide. */
  readonly cloud: string | null;
  readonly authUrl: string;
  readonly region: string | null;
  readonly projectId: string;
  readonly projectName: string;
  readonly userId: string;
  readonly userName: string;
  /** UTC; the token's end where it cannot be renewed (token authentication), else null. */
  readonly hardExpiry: Date | null;
}

export interface Image {
  readonly id: string;
  readonly name: string;
  /** As Glance sends it: 'active', 'queued', 'deactivated', … */
  readonly status: string;
  readonly minDiskGb: number;
  readonly minRamMb: number;
  /** `os_distro` and `os_version` properties, null where unset. */
  readonly osDistro: string | null;
  readonly osVersion: string | null;
  readonly createdAt: string;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMb: number;
  readonly diskGb: number;
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly isExternal: boolean;
  readonly isShared: boolean;
  readonly mtu: number;
  readonly subnetIds: readonly string[];
}

export interface Subnet {
  readonly id: string;
  readonly networkId: string;
  readonly cidr: string;
  readonly ipVersion: 4 | 6;
}

/** A router with the external network it leads to and the subnets it joins. */
export interface Router {
  readonly id: string;
  readonly externalNetworkId: string | null;
  readonly subnetIds: readonly string[];
}

/** One row of the quota table; a limit of -1 means unlimited. */
export interface Quota {
  readonly limit: number;
  readonly used: number;
}
export type QuotaKind =
  | 'servers'
  | 'cores'
  | 'ramMb'
  | 'ports'
  | 'securityGroups'
  | 'securityGroupRules'
  | 'floatingIps';

export interface Server {
  readonly id: string;
  readonly name: string;
  /** As Nova sends it: BUILD, ACTIVE, ERROR, DELETED, SOFT_DELETED, SHUTOFF, … 'UNKNOWN' for a record of a down cell. */
  readonly status: string;
  readonly taskState: string | null;
  /** Nova's own words about an ERROR server; null otherwise. */
  readonly fault: string | null;
  readonly mark: Mark | null;
  readonly projectId: string;
  readonly zone: string | null;
  readonly imageId: string | null;
  readonly isLocked: boolean;
  readonly createdAt: string;
}

export interface Port {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly fixedIps: readonly { readonly address: string; readonly subnetId: string }[];
  /** The server it is plugged into; empty string when none. */
  readonly deviceId: string;
  readonly status: string;
  readonly mark: Mark | null;
  readonly projectId: string;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly mark: Mark | null;
  readonly projectId: string;
}

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  readonly portId: string | null;
  readonly status: string;
  readonly mark: Mark | null;
  readonly projectId: string;
}

export type ResourceKind = 'server' | 'port' | 'floating-ip' | 'security-group';

/**
 * Everything of the four kinds in our project, all pages, filtered by project on our side, with what
 * makes a listing unworthy of belief. An empty `blindness` is the canary's "yes" (reliability.md 2.3):
 * Nova's totalInstancesUsed equals the number listed, Neutron lists the project's `default` security group.
 */
export interface Survey {
  readonly servers: readonly Server[];
  readonly ports: readonly Port[];
  readonly floatingIps: readonly FloatingIp[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly blindness: readonly string[];
}

export interface ServerRequest {
  readonly name: string;
  readonly imageId: string;
  readonly flavorId: string;
  readonly portId: string;
  readonly zone: string | null;
  readonly keyName: string | null;
  /** Cloud-init document, plain text; the client encodes it. */
  readonly userData: string;
  readonly mark: Mark;
}

export interface PortRequest {
  readonly name: string;
  readonly networkId: string;
  /** null lets Neutron choose the subnet. */
  readonly subnetId: string | null;
  /** null where policy forbids choosing it. */
  readonly macAddress: string | null;
  readonly securityGroupIds: readonly string[];
  readonly mark: Mark;
}

export interface SecurityGroupRuleRequest {
  readonly securityGroupId: string;
  readonly etherType: 'IPv4' | 'IPv6';
  /** null means every protocol. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | null;
  /** null means every port. */
  readonly portRange: readonly [number, number] | null;
  /** Exactly one of both is set, or neither for "from anywhere". */
  readonly remoteGroupId: string | null;
  readonly remoteCidr: string | null;
}

export interface FloatingIpRequest {
  readonly networkId: string;
  readonly portId: string;
  readonly mark: Mark;
}

/**
 * Every method throws `BuilderError`, classified once by the table of reliability.md section 2.3:
 * a lost answer to a read is retryable (and was retried inside), to a write `uncertain-write` (in doubt)
 * and is never sent again by the client; `not-found`, `conflict`, `quota-reached`, `forbidden`, `refused`
 * carry method, path and request id in `at`. Reads stop when `signal` aborts; a write once sent is awaited to its own
 * deadline, so that its answer is not thrown away.
 */
export interface Cloud {
  /** Authenticates, reads the catalog; the first call of all. */
  connect(signal: AbortSignal): Promise<CloudScope>;
  /** Work is under way: from now on a service that is down is waited for, up to 30 minutes. */
  waitLonger(): void;
  listImages(signal: AbortSignal): Promise<readonly Image[]>;
  listFlavors(signal: AbortSignal): Promise<readonly Flavor[]>;
  listNetworks(signal: AbortSignal): Promise<readonly Network[]>;
  listSubnets(signal: AbortSignal): Promise<readonly Subnet[]>;
  listRouters(signal: AbortSignal): Promise<readonly Router[]>;
  /** Names of the zones that take new servers. */
  listAvailabilityZones(signal: AbortSignal): Promise<readonly string[]>;
  hasKeypair(name: string, signal: AbortSignal): Promise<boolean>;
  readQuotas(signal: AbortSignal): Promise<Readonly<Record<QuotaKind, Quota>>>;
  survey(signal: AbortSignal): Promise<Survey>;

  /** All servers of the project, one paged list; shared by everyone who polls. */
  listServers(signal: AbortSignal): Promise<readonly Server[]>;
  /** null when Nova answers 404. */
  getServer(id: string, signal: AbortSignal): Promise<Server | null>;
  createServer(
    request: ServerRequest,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly requestId: string | null }>;
  /** Resolves when Nova accepted or says 404; proof of absence is `getServer` = null. */
  deleteServer(id: string, signal: AbortSignal): Promise<void>;
  /** The forceDelete action, for SOFT_DELETED servers. */
  forceDeleteServer(id: string, signal: AbortSignal): Promise<void>;
  /** Unlocks a locked server. */
  unlockServer(id: string, signal: AbortSignal): Promise<void>;
  /** The last lines of the console, empty where the cloud has none or forbids it. */
  readConsole(id: string, lines: number, signal: AbortSignal): Promise<string>;

  getPort(id: string, signal: AbortSignal): Promise<Port | null>;
  createPort(request: PortRequest, signal: AbortSignal): Promise<Port>;
  deletePort(id: string, signal: AbortSignal): Promise<void>;
  getSecurityGroup(id: string, signal: AbortSignal): Promise<SecurityGroup | null>;
  createSecurityGroup(name: string, mark: Mark, signal: AbortSignal): Promise<SecurityGroup>;
  /** A duplicate (409) counts as done. */
  createSecurityGroupRule(request: SecurityGroupRuleRequest, signal: AbortSignal): Promise<void>;
  deleteSecurityGroup(id: string, signal: AbortSignal): Promise<void>;
  getFloatingIp(id: string, signal: AbortSignal): Promise<FloatingIp | null>;
  createFloatingIp(request: FloatingIpRequest, signal: AbortSignal): Promise<FloatingIp>;
  deleteFloatingIp(id: string, signal: AbortSignal): Promise<void>;

  /** Closes sockets. */
  close(): Promise<void>;
}
