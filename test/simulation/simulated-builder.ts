/** One builder after another on one state and one simulated cloud: created, killed at a boundary, run again, destroyed. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateWishes, createCluster } from '../../src/cluster/create.ts';
import { destroyByMark, destroyClusters } from '../../src/cluster/destroy.ts';
import type { Connected, Parts } from '../../src/cluster/parts.ts';
import { BuilderError } from '../../src/errors.ts';
import { makeKeyPair } from '../../src/host/key-pair.ts';
import { type Random, systemRandom } from '../../src/host/random.ts';
import { type FaultScript, readFaults } from '../../src/rehearsal/faults.ts';
import { publicKeyOf } from '../../src/remote/public-key.ts';
import { openRemote } from '../../src/remote/ssh-remote.ts';
import { Crash, Life, watchCommits } from './life.ts';
import { SimulatedCloud, type Way } from './simulated-cloud.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Files in memory where there is such a place: a crash of a process loses nothing of them either. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const CALM = readFaults('version: 1', '');

/** `crashed`: it died at its boundary. A number is the exit code. */
export type Outcome = 'crashed' | number;

export interface SimulationWishes {
  readonly seed?: number;
  readonly faults?: FaultScript;
  readonly hypervisors?: number;
  readonly settleMs?: number;
  readonly tls?: boolean;
  /** Further changes of the layout, as --set has them. */
  readonly set?: readonly string[];
  /** As it is where nothing is said. */
  readonly isOverlapped?: boolean;
  /** `replace` where nothing is said. */
  readonly onFailure?: CreateWishes['onFailure'];
  /** Between the builders and the cloud. */
  readonly way?: Way;
  /** Of a simulation that another process began; a new one otherwise. */
  readonly folder?: string;
  /** When time begins. */
  readonly beganMs?: number;
  /** Of cloud and builders. */
  readonly random?: Random;
  /** Which of so many that are due at the same time wakes first. */
  readonly choose?: (count: number) => number;
}

export interface DestroyWishes {
  /** By mark alone: without a state. */
  readonly clusterId?: string;
  readonly unlock?: boolean;
}

export class Simulation {
  readonly cloud: SimulatedCloud;
  readonly clock: VirtualClock;
  readonly folder: string;
  /** What the last builder that ended by itself said; null when all went well. */
  lastError: BuilderError | null = null;
  /** Why servers were replaced, by all builders. */
  readonly replaced: string[] = [];
  /** How many checks failed in each verification that came to its end. */
  readonly verified: number[] = [];
  /** How many boundaries its builder had passed when a kind of step was first begun. */
  readonly begun = new Map<string, number>();
  private readonly wishes: SimulationWishes;
  private readonly random: Random;
  private hypervisors: number;

  constructor(wishes: SimulationWishes = {}) {
    this.wishes = wishes;
    this.random = wishes.random ?? systemRandom;
    this.hypervisors = wishes.hypervisors ?? 2;
    // As builder.ts does first of all: a state that others may read is refused.
    process.umask(0o077);
    this.clock = new VirtualClock(wishes.beganMs, wishes.choose);
    this.folder = wishes.folder ?? mkdtempSync(join(PLACE, 'builder-simulation-'));
    this.cloud = new SimulatedCloud({
      ledger: join(this.folder, 'rehearsal', 'ledger.jsonl'),
      clock: this.clock,
      random: this.random,
      seed: wishes.seed ?? 0,
      faults: wishes.faults ?? CALM,
      way: wishes.way ?? null,
    });
  }

  /** How many hypervisors the next create asks for. */
  wish(hypervisors: number): void {
    this.hypervisors = hypervisors;
  }

  create(life = new Life(), isVerified = true): Promise<Outcome> {
    const wishes = { ...this.createWishes(), isVerified };
    return this.live(life, async (parts) => (await createCluster(wishes, parts, async () => undefined)).exitCode);
  }

  destroy(life = new Life(), { clusterId, unlock = false }: DestroyWishes = {}): Promise<Outcome> {
    return this.live(life, async (parts) => {
      if (clusterId === undefined) await destroyClusters({ clusterNames: ['sim'], unlock, isWaiting: true }, parts);
      else {
        const { cloud, scope } = await parts.connect(null);
        await destroyByMark(clusterId, cloud, scope.projectId, unlock, parts);
      }
      return 0;
    });
  }

  /** The same world at the same time in a folder of its own: what happens here does not happen there. */
  branch(): Simulation {
    const folder = mkdtempSync(join(PLACE, 'builder-simulation-'));
    cpSync(this.folder, folder, { recursive: true });
    return new Simulation({
      ...this.wishes,
      hypervisors: this.hypervisors,
      folder,
      beganMs: this.clock.now().getTime(),
    });
  }

  /** Removes the state; the simulation is over. */
  dispose(): void {
    this.cloud.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private createWishes(): CreateWishes {
    const { settleMs = 120_000, tls = false, set = [], isOverlapped = true, onFailure = 'replace' } = this.wishes;
    const { hypervisors } = this;
    return {
      clusterName: 'sim',
      layout: null,
      // A commit needs no git to be resolved.
      overrides: { branch: 'da2f4d73'.padEnd(40, '0'), hypervisors, flavor: [], set: [`tls=${tls}`, ...set] },
      lock: null,
      keyName: null,
      isForced: false,
      uploads: { patches: null, repositories: null, extras: null, templates: null },
      isOverlapped,
      settleMs,
      sshTimeoutMs: 600_000,
      scratch: null,
      isNewLayout: false,
      isApplying: false,
      isDeletingGuests: false,
      maxWorkers: 32,
      onFailure,
      isVerified: true,
    };
  }

  private partsOf(life: Life): Parts {
    const clock = life.clock(this.clock);
    return {
      state: this.folder,
      argv: [],
      clock,
      random: this.random,
      signal: new AbortController().signal,
      emit: (event) => {
        if (event.type === 'node-replaced') this.replaced.push(event.reason);
        if (event.type === 'verified') this.verified.push(event.failed);
        if (event.type === 'step-started' && !this.begun.has(event.step.kind))
          this.begun.set(event.step.kind, life.passed.length);
      },
      connect: async (): Promise<Connected> => {
        const cloud = await this.cloud.openCloud(life);
        const scope = await cloud.connect(new AbortController().signal);
        return { cloud, scope, name: 'rehearsal', sshProxy: null, gitEnvironment: {} };
      },
      openRemote: () => openRemote({ clock, random: this.random, connect: this.cloud.connectNode(life) }),
      sshProxy: null,
      keys: { make: makeKeyPair, publicOf: publicKeyOf },
      fileLimit: null,
      ownAddresses: [],
    };
  }

  private async live(life: Life, act: (parts: Parts) => Promise<number>): Promise<Outcome> {
    const forget = watchCommits(life);
    this.lastError = null;
    try {
      return await act(this.partsOf(life));
    } catch (error) {
      if (life.isOver) return 'crashed';
      if (!(error instanceof BuilderError) || error.cause instanceof Crash) throw error;
      this.lastError = error;
      return error.exitCode;
    } finally {
      forget();
    }
  }
}
