/** What is decided from layout and cloud before the first effect, and saved with the plan. */

export interface NodeChoice {
  readonly imageId: string;
  readonly flavorId: string;
  /** Tried in turn by the generations of the node's server; empty leaves it to Nova. */
  readonly zones: readonly string[];
}

/** Files given on the command line, kept under the digest of their content. */
export interface Uploads {
  readonly patches: string | null;
  readonly plugin: { readonly name: string; readonly sha256: string } | null;
  readonly repositories: string | null;
  /** local.conf text by role, laid after the generated one. */
  readonly fragments: Readonly<Record<string, string>>;
}

/** A ref of a repository, and what it stood at. */
export interface GitSource {
  readonly repo: string;
  readonly ref: string;
  readonly commit: string;
}

/** What the refs of plugins and of changes under review stood at when the plan was saved. */
export interface ProjectRefs {
  readonly plugins: readonly (GitSource & { readonly name: string })[];
  readonly changes: readonly (GitSource & { readonly project: string })[];
}

/** The network over the servers' own, by which the nodes are joined. */
export interface OverlayChoice {
  readonly range: string;
  readonly mtu: number;
  /** By node. A node that comes later gets one beside these; nobody's ever changes. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** What people bring along, kept by the digest of its content, for the groups and roles that are named or for every node. */
export interface UserParts {
  readonly files: readonly {
    readonly sha256: string;
    readonly path: string;
    readonly mode: string;
    readonly owner: string;
    readonly nodes: readonly string[];
  }[];
  readonly steps: readonly {
    readonly sha256: string;
    readonly name: string;
    readonly at: 'before-stack' | 'after-stack' | 'after-discovery';
    readonly repeat: 'idempotent' | 'once';
    readonly nodes: readonly string[];
  }[];
}

export interface Choices {
  readonly nodes: Readonly<Record<string, NodeChoice>>;
  readonly networkId: string;
  readonly networkName: string;
  readonly subnetId: string;
  readonly mtu: number;
  /** null: nodes are reached at their fixed addresses. */
  readonly floatingNetworkId: string | null;
  readonly sshFrom: string;
  readonly user: string;
  readonly keyName: string | null;
  readonly devstack: GitSource;
  /** How long an ACTIVE server may take to answer on SSH. */
  readonly sshTimeoutMs: number;
  readonly isDistroForced: boolean;
  readonly uploads: Uploads;
  readonly projects: ProjectRefs;
  /** null: the nodes talk over the servers' network alone. Plans of earlier builders do not say it. */
  readonly overlay?: OverlayChoice | null;
  /** Whether nodes are told of mirrors or proxies before anything is downloaded. */
  readonly isMirrored?: boolean;
  readonly userParts?: UserParts;
  /** Whether nodes are stacked beside those they wait for, as far as they need nothing of them. */
  readonly isOverlapped: boolean;
}
