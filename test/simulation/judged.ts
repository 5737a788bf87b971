/** Builders that are judged: after each of them the oracle looks at what it left, against what stood before it. */
import { markToMetadata } from '../../src/cloud/stamp.ts';
import { put, type ServerRow } from '../../src/rehearsal/world.ts';
import { Life } from './life.ts';
import { addFindings, type Decoys, judge, noFindings, readFinished } from './oracle.ts';
import { type Outcome, Simulation, type SimulationWishes } from './simulated-builder.ts';

/** Once nothing goes wrong any more, one run is enough (I10). */
const MOST_RESUMES = 1;

export type Verb = 'create' | 'destroy';

/** What a ready cluster has: a group, and for each node a port, a floating IP and a server. */
function countResources(hypervisors: number): number {
  return 1 + 3 * (1 + hypervisors);
}

/** Somebody else's servers: one whose name begins like ours, and one that another builder's cluster has marked, with a key of ours. */
function plantDecoys(simulation: Simulation): Decoys {
  const server = (id: string, name: string, metadata: ServerRow['metadata']): ServerRow => ({
    id,
    name,
    imageId: 'their-image',
    flavorId: '1',
    zone: 'nova',
    metadata,
    tags: [],
    keyName: null,
    userData: '',
    portIds: [],
    securityGroups: [],
    isLocked: false,
    isStopped: false,
    createdAtMs: 0,
    builtAtMs: 0,
    fault: null,
    firstBootId: 'theirs',
    reboot: null,
    sshAfterMs: 0,
    deletedAtMs: null,
    goneAtMs: null,
    isSoftDeleted: false,
    visibleAtMs: 0,
    hostKey: '',
  });
  const mark = { cluster: 'theirs', key: 'create-server/controller', generation: 1, nonce: 'n', epoch: 1 };
  const rows = [
    server('decoy-1', 'dsb-sim-controller', { owner: 'somebody else' }),
    server('decoy-2', 'dsb-sim2-controller-g1', markToMetadata(mark)),
  ];
  simulation.cloud.ledger.record(
    () => rows,
    () => ({
      deed: { operation: 'create-server', subject: 'decoys', requestId: '' },
      changes: rows.map((row) => put('server', row.id, row)),
    }),
  );
  return new Map(rows.map((row) => [row.id, JSON.stringify(row)]));
}

/** A simulation with its oracle: every run is judged against what stood before it. */
export class Judged {
  readonly findings = noFindings();
  readonly simulation: Simulation;
  private readonly decoys: Decoys;
  private resources: number;

  private constructor(simulation: Simulation, decoys: Decoys, resources: number) {
    this.simulation = simulation;
    this.decoys = decoys;
    this.resources = resources;
  }

  static begin(wishes: SimulationWishes): Judged {
    const simulation = new Simulation(wishes);
    return new Judged(simulation, plantDecoys(simulation), countResources(wishes.hypervisors ?? 2));
  }

  /** From now on, that many hypervisors are asked for. */
  scale(hypervisors: number): void {
    this.simulation.wish(hypervisors);
    this.resources = countResources(hypervisors);
  }

  /** Another future of the same past. */
  branch(): Judged {
    const branch = new Judged(this.simulation.branch(), this.decoys, this.resources);
    addFindings(branch.findings, this.findings);
    return branch;
  }

  /** Runs a verb, which may die or fail, and judges what it left. `done` when it came to its end. */
  attempt(verb: Verb, life = new Life()): Promise<'done' | Outcome> {
    return this.watch(verb, () => this.simulation[verb](life));
  }

  /** The same of a builder that somebody else runs on the folder. */
  async watch(verb: Verb, act: () => Promise<Outcome>): Promise<'done' | Outcome> {
    const { folder } = this.simulation;
    const finished = await readFinished(folder);
    const outcome = await act();
    // A cluster that was never saved is not there to be destroyed.
    const isOver = outcome === 0 || (verb === 'destroy' && outcome === 2);
    const phase = !isOver ? 'any' : verb === 'create' ? 'ready' : 'empty';
    addFindings(this.findings, await judge({ folder, decoys: this.decoys, finished, phase }, this.resources));
    return isOver ? 'done' : outcome;
  }

  /** Runs a verb, which may die, but not fail; true when it came to its end. */
  async run(verb: Verb, life: Life): Promise<boolean> {
    const outcome = await this.attempt(verb, life);
    if (typeof outcome === 'number')
      this.findings.leaks.push(
        `${verb} ended ${outcome}: ${this.simulation.lastError?.message ?? 'some steps failed'}`,
      );
    return outcome === 'done';
  }

  /** Until it ends well; more runs than one after the last death are a finding. */
  async finish(verb: Verb): Promise<void> {
    for (let runs = 1; runs <= MOST_RESUMES; runs += 1) if (await this.run(verb, new Life())) return;
    this.findings.leaks.push(`${verb} needs more than ${MOST_RESUMES} run`);
  }
}
