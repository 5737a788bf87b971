/** The state port: clusters, runs, resources and job logs in one durable store; a cluster's `Journal` comes from here. */

import type { RunEvent } from '../engine/events.ts';
import type { Journal, PastAttempt, RecordedError, StepRecord } from '../engine/journal.ts';
import type { JsonObject, PlannedStep, Progress } from '../engine/step.ts';

export type Phase = 'creating' | 'ready' | 'failed' | 'destroying' | 'destroyed';
export type Verb = 'create' | 'destroy' | 'resolve' | 'recover' | 'status' | 'list' | 'logs' | 'ssh';

/** Which account a cluster belongs to; pinned when it is first saved. */
export interface PinnedScope {
  readonly authUrl: string;
  readonly region: string | null;
  readonly projectId: string;
  readonly userId: string;
}

export interface ClusterRecord {
  /** 128-bit random, the ownership mark. */
  readonly id: string;
  readonly name: string;
  readonly phase: Phase;
  readonly scope: PinnedScope;
  /** The settle window in milliseconds (reliability.md, "Words"). */
  readonly settleMs: number;
  /** The saved layout, as read, and everything decided from it before the first effect (image, flavors, network, commit). */
  readonly layout: JsonObject;
  readonly choices: JsonObject;
  readonly nodes: readonly NodeRecord[];
  readonly createdAt: Date;
}

export interface NodeRecord {
  readonly name: string;
  readonly role: string;
  readonly group: string;
  readonly generation: number;
  /** Its removal is planned, and not over yet. */
  readonly isLeaving?: boolean;
}

export interface NewCluster {
  readonly id: string;
  readonly name: string;
  readonly scope: PinnedScope;
  readonly settleMs: number;
  readonly layout: JsonObject;
  readonly choices: JsonObject;
  readonly nodes: readonly { readonly name: string; readonly role: string; readonly group: string }[];
  readonly steps: readonly PlannedStep[];
}

/** Another layout of a cluster that exists, with all that follows from it; decided purely, written in one transaction. */
export interface PlanChange {
  /** From now on in force. */
  readonly layout: JsonObject;
  readonly choices: JsonObject;
  /** New nodes, and those that were gone. */
  readonly join: readonly Omit<NodeRecord, 'isLeaving'>[];
  /** Nodes whose removal begins; that stay after all; of which nothing is left. */
  readonly leave: readonly string[];
  readonly stay: readonly string[];
  readonly go: readonly string[];
  /** Ids of steps that no longer count. */
  readonly supersede: readonly number[];
  readonly insert: readonly PlannedStep[];
  /** Keys of the steps that count then, in the order of the plan. */
  readonly order: readonly string[];
}

/** What is known of a cluster whose journal was lost. */
export interface ClusterPast {
  readonly phase: Phase;
  /** By node; 1 for those not named. */
  readonly generations: ReadonlyMap<string, number>;
  /** In the order in which they were made. */
  readonly attempts: readonly PastAttempt[];
}

export type ResourceState = 'creating' | 'present' | 'surplus' | 'deleting' | 'gone' | 'foreign';

export interface ResourceRecord {
  readonly kind: string;
  /** Key of the step that made it. */
  readonly key: string;
  readonly generation: number;
  /** null while the create is on its way or in doubt. */
  readonly cloudId: string | null;
  readonly state: ResourceState;
  /** Nonce of the attempt that made it: an object of ours with another nonce is surplus. */
  readonly nonce: string | null;
  /** UTC; since when we know of it by the answer to its create alone. null once a sweep found it, and without an id. */
  readonly unseenSince: Date | null;
}

/** How far a job's log is kept on our side: `offset` raw bytes, of which `fileBytes` redacted bytes are in the local file. */
export interface LogPosition {
  readonly offset: number;
  readonly prefixSha256: string;
  readonly fileBytes: number;
  readonly file: string;
}

/** What the stages of one run of something took; it outlives the cluster it was measured on. */
export interface StageTimesRecord {
  /** What was run, and where: times of one kind may be compared. */
  readonly kind: string;
  /** Which run it was: a second record of it is none. */
  readonly source: string;
  /** Milliseconds by stage. */
  readonly times: JsonObject;
}

/** The last milestone that a step told. */
export interface MilestoneRecord extends Progress {
  readonly stepKey: string;
  readonly generation: number;
  /** UTC. */
  readonly at: Date;
}

export interface Run {
  readonly id: number;
  readonly journal: Journal;
  /** Queued and written with the next commit; never blocks an effect. Of how far a step is, milestones alone. */
  recordEvent(event: RunEvent): void;
  /** Written with the next commit, which does not fail where this cannot be. */
  recordStageTimes(record: StageTimesRecord): void;
  /** `times` of the last records of this kind in the whole state, the newest first. They may be of any shape. */
  listStageTimes(kind: string, limit: number): readonly JsonObject[];
  readLogPosition(attemptId: number): LogPosition | null;
  /** How far the log in this file was kept by the last attempt of the cluster that kept one there. */
  findLogPosition(file: string): LogPosition | null;
  saveLogPosition(attemptId: number, position: LogPosition): Promise<void>;
  listResources(): readonly ResourceRecord[];
  /** Upserts by (kind, cloudId): used by destroy and by the surplus sweep. */
  setResourceState(kind: string, cloudId: string, key: string, generation: number, state: ResourceState): Promise<void>;
  setPhase(phase: Phase): Promise<void>;
  /** Whether a verification has ended well since anything was last tried on the cluster. */
  isVerified(): boolean;
  /** The verification of what is built now has ended well. */
  recordVerified(): Promise<void>;
  end(exitCode: number, error: RecordedError | null): Promise<void>;
}

/** Who holds the state, for messages only. */
export interface Owner {
  readonly epoch: number;
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  readonly verb: string;
}

export interface RunRecord {
  readonly id: number;
  readonly verb: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly exitCode: number | null;
}

/** What may be read without the lock, while another builder works. */
export interface StateReader {
  listClusters(): readonly ClusterRecord[];
  /** null when the state has no cluster of this name (destroyed ones excepted). */
  findCluster(name: string): ClusterRecord | null;
  /** Of every node that a cluster has or had, by its name. */
  listGenerations(clusterId: string): ReadonlyMap<string, number>;
  listSteps(clusterId: string): readonly StepRecord[];
  listResources(clusterId: string): readonly ResourceRecord[];
  listRuns(clusterId: string): readonly RunRecord[];
  listLogs(clusterId: string): readonly {
    readonly node: string | null;
    readonly stepKey: string;
    readonly generation: number;
    readonly attempt: number;
    readonly position: LogPosition;
  }[];
  /** One for each step that ever told any. */
  listMilestones(clusterId: string): readonly MilestoneRecord[];
  /** The builder that holds the lock now; null when nobody does. */
  owner(): Owner | null;
  /** Of the builder that had the lock last, or has it: nodes refuse lower ones. 0 where there never was one. */
  lastEpoch(): number;
  close(): void;
}

export interface State extends StateReader {
  readonly epoch: number;
  /** Cluster, layout, nodes and steps in one transaction. */
  createCluster(cluster: NewCluster, past?: ClusterPast): Promise<ClusterRecord>;
  /** The cluster is `creating` again. Throws `internal` for a change that cannot be: nothing of it is written then. */
  changePlan(clusterId: string, change: PlanChange): Promise<ClusterRecord>;
  /** Forgets a cluster's stored layout and plan; only allowed in phase `destroyed`. */
  forgetCluster(clusterId: string): Promise<void>;
  startRun(clusterId: string, verb: Verb, argv: readonly string[]): Promise<Run>;
}
