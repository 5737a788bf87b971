/** What the built cloud says of itself, as data: each part either known, or unknown with the reason. */

export type Known<T> = { readonly known: T } | { readonly unknown: string };

export interface Unit {
  /** As DevStack calls it: what stands between `devstack@` and `.service`. */
  readonly name: string;
  /** systemd's ActiveState and SubState, like active and running. */
  readonly active: string;
  readonly sub: string;
}

/** When a node answered, and what of it has started when; seconds since 1970 by its own clock. */
export interface Start {
  readonly now: number;
  /** systemd's word for the whole system, like running, degraded or starting. */
  readonly system: string;
  /** null where it has none, or does not say. */
  readonly computeStartedAt: number | null;
}

export interface ComputeService {
  readonly binary: string;
  readonly host: string;
  readonly status: string;
  readonly state: string;
  /** When it last reported; seconds since 1970, null where nobody says. */
  readonly updatedAt: number | null;
}

export interface Hypervisor {
  readonly name: string;
  readonly state: string;
}

export interface Cell {
  readonly name: string;
  /** Passwords masked by nova-manage. */
  readonly queue: string;
  readonly database: string;
}

export interface Mapping {
  readonly cell: string;
  readonly host: string;
}

export interface UpgradeCheck {
  readonly exit: number;
  readonly text: string;
}

export interface Provider {
  readonly name: string;
  readonly isRoot: boolean;
  /** Total by resource class. */
  readonly inventory: Readonly<Record<string, number>>;
}

export interface Agent {
  readonly binary: string;
  readonly host: string;
  readonly isAlive: boolean;
  /** Whether OVN may put routers there; of ML2's agents nothing says it. */
  readonly isGateway: boolean;
}

export interface Chassis {
  readonly name: string;
  readonly hostname: string;
  readonly encaps: readonly { readonly type: string; readonly address: string }[];
}

export interface Guest {
  /** The hypervisor that was asked for it. */
  readonly host: string;
  readonly address: string;
  /** Nova's status, and the hypervisor it says; null where there is no server. */
  readonly server: { readonly status: string; readonly host: string; readonly fault: string | null } | null;
  /** Neutron's status of its port. */
  readonly port: string;
  /** Whether its console shows that it has booted. */
  readonly isUp: boolean;
  /** Whether it runs its user data, which the metadata service gave it. */
  readonly isTold: boolean;
  /** Of its own interface; null where it did not say. */
  readonly mtu: number | null;
  /** Addresses that it has reached, and those of them with frames as big as the network carries. */
  readonly pinged: readonly string[];
  readonly gotFull: readonly string[];
  /** Last words of its console, and of the commands that failed. */
  readonly console: string;
  readonly error: string;
}

export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly exit: number;
  /** Where the server is afterwards, and its status; null where nobody could say. */
  readonly server: Guest['server'];
  readonly error: string;
}

/** An address of the public network that was to lead to a guest. */
export interface FloatingIp {
  readonly host: string;
  /** Empty where there was none to get. */
  readonly address: string;
  readonly answered: boolean;
  readonly error: string;
}

export interface Volume {
  /** Cinder's; empty where nobody could make one or say. */
  readonly status: string;
  readonly error: string;
}

export interface GuestFacts {
  /** What an earlier verify had left, and this one removed. */
  readonly swept: readonly string[];
  readonly guests: readonly Guest[];
  /** Neutron's, of the network the guests are on. */
  readonly networkMtu: number | null;
  /** null where none was tried, of each of these. */
  readonly floatingIp: FloatingIp | null;
  readonly volume: Volume | null;
  readonly migration: Migration | null;
  /** What could not be removed. */
  readonly left: readonly string[];
}

export interface TempestTest {
  /** As stestr prints it: without its tags; a class that could not be set up stands for its tests. */
  readonly name: string;
  /** What did not come to its end has failed. */
  readonly outcome: 'passed' | 'skipped' | 'failed';
}

/** A run of tempest's smoke tests. */
export interface TempestRun {
  readonly exit: number;
  /** Those that ended, in that order. */
  readonly tests: readonly TempestTest[];
  /** The last it printed. */
  readonly words: string;
  /** Named as tempest names its own, a kind, a name and an id each: what was in the cloud before, and what is there since. */
  readonly before: readonly string[];
  readonly left: readonly string[];
}

export interface VolumeService {
  readonly binary: string;
  /** Its backend stands behind an @. */
  readonly host: string;
  readonly status: string;
  readonly state: string;
}

export interface CloudFacts {
  /** By node. */
  readonly units: ReadonlyMap<string, Known<readonly Unit[]>>;
  readonly starts: ReadonlyMap<string, Known<Start>>;
  /** Of its interfaces, by node. */
  readonly addresses: ReadonlyMap<string, Known<readonly string[]>>;
  /** Errors that nova-compute has logged lately, the oldest first, by node. */
  readonly messages: ReadonlyMap<string, Known<readonly string[]>>;
  readonly computeServices: Known<readonly ComputeService[]>;
  readonly hypervisors: Known<readonly Hypervisor[]>;
  readonly cells: Known<readonly Cell[]>;
  readonly mappings: Known<readonly Mapping[]>;
  readonly upgrade: Known<UpgradeCheck>;
  readonly providers: Known<readonly Provider[]>;
  readonly agents: Known<readonly Agent[]>;
  readonly chassis: Known<readonly Chassis[]>;
  readonly volumeServices: Known<readonly VolumeService[]>;
  readonly guests: Known<GuestFacts>;
  readonly tempest: Known<TempestRun>;
}

/** Reads what is known into something else; what is unknown stays so. */
export function mapKnown<From, To>(fact: Known<From>, read: (known: From) => To): Known<To> {
  return 'known' in fact ? { known: read(fact.known) } : fact;
}
