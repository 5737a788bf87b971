/** A small world to act on: objects with nonces and jobs that begin once, step kinds that use it, and the real journal. */
import { z } from 'zod';
import type { RunEvent } from '../../../src/engine/events.ts';
import type { Journal, Replacement, StepRecord } from '../../../src/engine/journal.ts';
import { type RunReport, runPlan } from '../../../src/engine/run.ts';
import type {
  JsonObject,
  Observation,
  PlannedStep,
  RepeatClass,
  StepContext,
  StepKind,
} from '../../../src/engine/step.ts';
import { BuilderError, type ErrorCode } from '../../../src/errors.ts';
import type { Clock } from '../../../src/host/clock.ts';
import type { Random } from '../../../src/host/random.ts';
import type { Run } from '../../../src/journal/state.ts';
import { newCluster, noon, TemporaryStates } from '../journal/temporary-state.ts';

type Context = StepContext<World>;
type Action = (context: Context) => Promise<JsonObject>;
type Look = (context: Context) => Promise<Observation<JsonObject>>;

const LIMIT_MS = 600_000;

/** What outlives the builder. `boundary` is called around each effect, and may throw what a crash throws. */
export class World {
  readonly made: { readonly key: string; readonly nonce: string }[] = [];
  readonly jobs = new Map<string, number>();
  readonly calls: string[] = [];
  readonly active = new Set<string>();
  mostActive = 0;
  boundary: () => void = () => undefined;
  private readonly acts = new Map<string, Action[]>();
  private readonly looks = new Map<string, Look[]>();

  /** The next performances of a step, in turn; afterwards it does what its kind does. */
  act(key: string, ...actions: readonly Action[]): void {
    this.acts.set(key, [...actions]);
  }

  look(key: string, ...looks: readonly Look[]): void {
    this.looks.set(key, [...looks]);
  }

  make({ key, nonce }: Context): JsonObject {
    this.boundary();
    this.made.push({ key, nonce });
    this.boundary();
    return { id: nonce };
  }

  async perform(context: Context, usual: Action): Promise<JsonObject> {
    this.calls.push(`perform ${context.key} ${context.attempt}`);
    this.active.add(context.key);
    this.mostActive = Math.max(this.mostActive, this.active.size);
    try {
      return await (this.acts.get(context.key)?.shift() ?? usual)(context);
    } finally {
      this.active.delete(context.key);
    }
  }

  async observe(context: Context, usual: Look): Promise<Observation<JsonObject>> {
    this.calls.push(`observe ${context.key} ${context.attempt}`);
    return await (this.looks.get(context.key)?.shift() ?? usual)(context);
  }
}

function kind(
  name: string,
  repeat: RepeatClass,
  act: Action,
  look: Look,
  changes: Partial<StepKind<World>> = {},
): [string, StepKind<World>] {
  const input = z.record(z.string(), z.json()) as unknown as z.ZodType<JsonObject>;
  return [
    name,
    {
      kind: name,
      version: 1,
      repeat,
      input,
      output: z.object({ id: z.string() }),
      retry: { attempts: 3, baseMs: 1_000, capMs: 30_000 },
      timeLimitMs: LIMIT_MS,
      title: () => name,
      observe: (context) => context.ports.observe(context, look),
      perform: (context) => context.ports.perform(context, act),
      ...changes,
    },
  ];
}

/** `make` is a create found again by its nonce, `job` begins once per generation, `do` may be repeated, `read` only looks. */
export const KINDS: ReadonlyMap<string, StepKind<World>> = new Map([
  kind(
    'make',
    'once',
    async (context) => context.ports.make(context),
    async ({ ports, nonce }) => {
      const found = ports.made.find((object) => object.nonce === nonce);
      return found === undefined ? { state: 'absent' } : { state: 'found', output: { id: nonce } };
    },
    { resource: { kind: 'server', idOf: (output) => output['id'] as string } },
  ),
  kind(
    'job',
    'once',
    async ({ ports, key, generation }) => {
      const id = `${key}-g${generation}`;
      ports.boundary();
      if (!ports.jobs.has(id)) ports.jobs.set(id, 1);
      ports.boundary();
      return { id };
    },
    async () => ({ state: 'resumable' }),
  ),
  kind(
    'do',
    'idempotent',
    async ({ key }) => ({ id: key }),
    async () => ({ state: 'resumable' }),
  ),
  kind(
    'read',
    'read',
    async ({ key }) => ({ id: key }),
    async () => ({ state: 'absent' }),
  ),
]);

/** Waits between attempts pass at once and are noted; a time limit passes when the test says so. */
export class TestClock implements Clock {
  readonly waits: number[] = [];
  private readonly limits = new Set<() => void>();

  now(): Date {
    return noon;
  }

  monotonicMs(): number {
    return 0;
  }

  /** Every time limit now running is over. */
  expire(): void {
    for (const end of this.limits) end();
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (ms < LIMIT_MS) {
      this.waits.push(ms);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void) => (): void => {
        this.limits.delete(expire);
        end();
      };
      const expire = settle(resolve);
      this.limits.add(expire);
      signal.addEventListener(
        'abort',
        settle(() => reject(signal.reason as Error)),
        { once: true },
      );
    });
  }
}

export interface Bench {
  readonly world: World;
  readonly clock: TestClock;
  readonly events: RunEvent[];
  readonly stop: AbortController;
  readonly states: TemporaryStates;
  journal(): Journal;
  /** Resumes as another builder would: the state closed and opened anew. */
  restart(): Promise<void>;
  run(changes?: Partial<Parameters<typeof runPlan<World>>[0]>): Promise<RunReport>;
  step(key: string): StepRecord;
  resources(): readonly string[];
  setStop(controller: AbortController): void;
}

/** An action or a look that fails by this name. */
export function fail(code: ErrorCode, message: string = code): () => Promise<never> {
  return async () => {
    throw new BuilderError(code, message);
  };
}

/** An action that says when it began and ends when it is told to. */
export function gate(): { readonly act: () => Promise<{ id: string }>; readonly begun: Promise<void>; open(): void } {
  const [begun, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    begun: begun.promise,
    open: () => opened.resolve(),
    async act() {
      begun.resolve();
      await opened.promise;
      return { id: 'x' };
    },
  };
}

/** Keys of the steps performed, in order. */
export function startedOrder({ world }: Bench): readonly string[] {
  return world.calls.filter((call) => call.startsWith('perform')).map((call) => call.split(' ')[1] ?? '');
}

export type Recover = (failed: StepRecord, error: BuilderError, steps: readonly StepRecord[]) => Replacement | null;

let nonces = 0;
const random: Random = { id: () => `nonce-${(nonces += 1)}`, uuid: () => '', password: () => '', fraction: () => 0.5 };

/** Saves a plan in a fresh state and stands ready to run it. */
export async function bench(states: TemporaryStates, plan: readonly PlannedStep[]): Promise<Bench> {
  const [world, clock, events] = [new World(), new TestClock(), [] as RunEvent[]];
  const folder = states.folder();
  let stop = new AbortController();
  let state = await states.openState(folder);
  const cluster = await state.createCluster(newCluster(plan));
  let run: Run = await state.startRun(cluster.id, 'create', []);
  return {
    world,
    clock,
    events,
    states,
    get stop() {
      return stop;
    },
    setStop(controller) {
      stop = controller;
    },
    journal: () => run.journal,
    async restart() {
      state.close();
      stop = new AbortController();
      state = await states.openState(folder);
      run = await state.startRun(cluster.id, 'create', []);
    },
    run: (changes = {}) =>
      runPlan<World>({
        journal: run.journal,
        kinds: KINDS,
        ports: world,
        maxParallelNodes: 10,
        signal: stop.signal,
        clock,
        random,
        emit: (event) => events.push(event),
        recover: () => null,
        onFailure: 'continue',
        redact: (text) => text.replaceAll('hunter2', '‹secret›'),
        ...changes,
      }),
    step(key) {
      const found = run.journal.listSteps().find(({ planned }) => planned.key === key);
      if (found === undefined) throw new Error(`no step ${key}`);
      return found;
    },
    resources: () => run.listResources().map(({ key, state: is }) => `${key} ${is}`),
  };
}
