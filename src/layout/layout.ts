/** The layout: what cluster is wanted, as validated data. */
import type { ProjectChange } from '../roles/changes.ts';
import type { MetaConfig } from '../roles/meta-sections.ts';
import type { Mirrors } from '../roles/mirrors.ts';
import type { Plugin } from '../roles/plugins.ts';
import type { NetworkBackend, RoleName } from '../roles/role.ts';
import type { CheckName } from './check-names.ts';

export interface ServicesChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Nodes of one role and one configuration. */
export interface Group {
  readonly name: string;
  readonly role: RoleName;
  readonly count: number;
  /** Whether its nodes are hypervisors; the layout decides that of nodes with the APIs only. */
  readonly compute: boolean;
  /** The cell that its node hosts (role child-cell), or its hypervisors belong to, from 1 to `Layout.cells`. */
  readonly cell: number;
  /** How many hypervisors each node pretends to be; null: one real one. */
  readonly fakeHypervisors: number | null;
  /** null falls back to `defaults`, then to what the role needs. */
  readonly image: string | null;
  readonly flavor: string | null;
  readonly zone: string | null;
  readonly localrc: Readonly<Record<string, string>>;
  readonly services: ServicesChange;
  /** Options for the files of its nodes' services. */
  readonly config: MetaConfig;
}

/** A file that people bring along. */
export interface UserFile {
  /** Its path from the layout file. */
  readonly source: string;
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  /** Groups and roles; empty: every node. */
  readonly nodes: readonly string[];
}

/** A script that people bring along. */
export interface UserStep {
  readonly name: string;
  /** Its path from the layout file. */
  readonly script: string;
  readonly nodes: readonly string[];
  readonly at: 'before-stack' | 'after-stack' | 'after-discovery';
  readonly repeat: 'idempotent' | 'once';
}

export interface Layout {
  readonly version: 1;
  readonly name: string;
  readonly devstack: {
    readonly repo: string;
    readonly ref: string;
    /** The commit to take; null: what `ref` stands at when the cluster is first created. */
    readonly commit: string | null;
    /** DevStack's GIT_BASE; null keeps its default. */
    readonly gitBase: string | null;
  };
  readonly defaults: {
    readonly image: string | null;
    readonly flavor: string | null;
    readonly user: string | null;
    readonly zone: string | null;
  };
  /** Nova's cells besides cell0, those with nodes of their own among them. */
  readonly cells: number;
  readonly network: {
    readonly backend: NetworkBackend;
    /** Name or id of the project or provider network the servers are put on; null: the only one usable. */
    readonly name: string | null;
    /** Name or id of the external network for floating IPs; 'none' forbids them; null: only when needed. */
    readonly floating: string | null;
    readonly fixedRange: string;
    readonly floatingRange: string;
    /** Whether the nodes are joined by a network of their own, over the one their servers are on. */
    readonly overlay: boolean;
    readonly overlayRange: string;
  };
  readonly localrc: Readonly<Record<string, string>>;
  readonly services: ServicesChange;
  readonly groups: readonly Group[];
  readonly config: MetaConfig;
  /** In the order in which they are enabled. */
  readonly plugins: readonly Plugin[];
  readonly changes: readonly ProjectChange[];
  readonly mirrors: Mirrors;
  readonly files: readonly UserFile[];
  readonly steps: readonly UserStep[];
  /** What create checks at its end. */
  readonly verify: readonly CheckName[];
  /** Whether the APIs and OVN speak TLS, with certificates of a CA that every node knows. */
  readonly tls: boolean;
}

/** A node of the plan; its name is fixed when the layout is saved. */
export interface LayoutNode {
  readonly name: string;
  readonly group: string;
  readonly role: RoleName;
  /** Counts from 1 within the group. */
  readonly index: number;
  readonly isHypervisor: boolean;
  readonly cell: number;
  readonly fakeHypervisors: number | null;
}
