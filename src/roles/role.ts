/** The role contract: which services a node runs, what it writes into local.conf, how big its server must be, when it is stacked. */

export type RoleName = 'controller' | 'compute' | 'allinone';

export interface FlavorNeed {
  readonly vcpus: number;
  readonly ramMb: number;
  readonly diskGb: number;
}

/** What a role's services depend on. */
export interface ServiceFacts {
  readonly isHypervisor: boolean;
  /** DevStack's branch, tag or commit: the name of the OVN agent's service depends on it. */
  readonly ref: string;
}

/** What a role's local.conf is made from. Addresses are private IPs of the nodes' ports. */
export interface RoleFacts extends ServiceFacts {
  readonly hostIp: string;
  readonly controllerIp: string;
  readonly hypervisorCount: number;
  readonly fixedRange: string;
  /** First usable address of `fixedRange`. */
  readonly fixedGateway: string;
  readonly floatingRange: string;
  /** First usable address of `floatingRange`. */
  readonly floatingGateway: string;
  /** MTU of the network the servers are on. */
  readonly mtu: number;
}

export interface Role {
  readonly name: RoleName;
  /** Below this preflight refuses (devstack.md section 3.3, minimum). */
  readonly minimum: FlavorNeed;
  /** Chosen by default: the smallest flavor that has at least this. */
  readonly comfortable: FlavorNeed;
  /** Position in the stack order: equal numbers are stacked in parallel, lower ones first. */
  readonly stackOrder: number;
  /** ENABLED_SERVICES in DevStack's names, before the layout's changes. */
  services(facts: ServiceFacts): readonly string[];
  /** localrc assignments in order; secret values stand as `{{secret:NAME}}`. */
  localrc(facts: RoleFacts): Readonly<Record<string, string>>;
}
