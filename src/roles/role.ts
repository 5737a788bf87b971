/** The role contract: which services a node runs, what it writes into local.conf, how big its server must be, when it is stacked. */

export type RoleName =
  | 'allinone'
  | 'controller'
  | 'api'
  | 'database'
  | 'messaging'
  | 'child-cell'
  | 'compute'
  | 'network';

/** What carries the networks of the cloud that is built: OVN, or ML2's Open vSwitch agents. */
export type NetworkBackend = 'ovn' | 'ovs';

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
  readonly backend: NetworkBackend;
  /** Whether some node is the gateway alone, so that the node with the APIs is none. */
  readonly hasNetworkNode: boolean;
}

/** What a role's local.conf is made from. Addresses are private IPs of the nodes' ports. */
export interface RoleFacts extends ServiceFacts {
  readonly hostIp: string;
  /** The node with the APIs. */
  readonly serviceHost: string;
  readonly databaseHost: string;
  /** Of a node in a cell with a node of its own: that one. */
  readonly messagingHost: string;
  /** null: a real hypervisor. */
  readonly fakeHypervisors: number | null;
  /** Of the whole cluster, fake ones too. */
  readonly hypervisorCount: number;
  /** Whether some cell has two real hypervisors. */
  readonly canLiveMigrate: boolean;
  /** Cells besides cell0, those with nodes of their own among them. */
  readonly cells: number;
  /** How many of them the node with the APIs hosts itself: the first ones. */
  readonly hostedCells: number;
  /** The others, by the addresses of their nodes. */
  readonly remoteCells: readonly { readonly cell: number; readonly host: string }[];
  /** The cell that this node hosts, or that its hypervisors belong to. */
  readonly cell: number;
  readonly fixedRange: string;
  /** First usable address of `fixedRange`. */
  readonly fixedGateway: string;
  readonly floatingRange: string;
  /** First usable address of `floatingRange`. */
  readonly floatingGateway: string;
  /** MTU of what carries tunnels between nodes, and the public network. */
  readonly mtu: number;
  /** Where tunnels of this node end; null: at `hostIp`. */
  readonly tunnelIp: string | null;
}

export interface Role {
  readonly name: RoleName;
  /** Below this preflight refuses (devstack.md section 3.3, minimum). */
  readonly minimum: FlavorNeed;
  /** Chosen by default: the smallest flavor that has at least this. */
  readonly comfortable: FlavorNeed;
  /** Position in the stack order: equal numbers are stacked in parallel, lower ones first (devstack.md section 2.1). */
  readonly stackOrder: number;
  /** Runs Keystone and every other API: a cluster has exactly one such node. */
  readonly hasApi: boolean;
  /** Whether its stack.sh may be run again on the server where it failed: nothing on other nodes hangs on what it did. */
  readonly canRestack: boolean;
  /** Whether its nodes are hypervisors always, never, or where the layout says so. */
  readonly hypervisor: 'always' | 'never' | 'by-layout';
  /** ENABLED_SERVICES in DevStack's names, before the layout's changes. */
  services(facts: ServiceFacts): readonly string[];
  /** What DevStack would start by itself besides `services`, and is not to. */
  readonly disables?: (facts: RoleFacts) => readonly string[];
  /** localrc assignments in order; secret values stand as `{{secret:NAME}}`. */
  localrc(facts: RoleFacts): Readonly<Record<string, string>>;
}
