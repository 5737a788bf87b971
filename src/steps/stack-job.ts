/** A stack.sh of a server, as the steps that follow it share it: its job, what is told meanwhile, and why it failed. */
import type { StepContext } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { planNodes } from '../layout/nodes.ts';
import { RUN_STACK } from '../remote/commands/run-stack.ts';
import { READ_SERVICE_ERRORS } from '../remote/commands/service-errors.ts';
import type { JobResult, JobSpec, RemoteNode } from '../remote/remote.ts';
import { enabledServices } from '../roles/local-conf.ts';
import { usualTimes } from '../roles/milestones.ts';
import { MOST_RESTACKS, restacksLeft } from '../roles/restacks.ts';
import { classifyStackFailure, explainByServices, type StackFailure } from '../roles/stack-failure.ts';
import { learnTimes } from '../roles/stage-times.ts';
import { SummaryFollower } from './follow-summary.ts';
import { nodeOf } from './node-access.ts';
import type { StepLog, StepPorts } from './ports.ts';
import { type StackInput, stackJobId } from './stack-tries.ts';

type Context = StepContext<StepPorts>;

/** Of a stack.sh that works. */
export const WALL_LIMIT_MS = 3 * 60 * 60_000;
/** Of one that other nodes may hold: a builder may be away overnight before it is released. */
const HELD_LIMIT_MS = 24 * 60 * 60_000;
const QUIET_LIMIT_MS = 30 * 60_000;
/** Most lines at the end are xtrace, and those that count come from before it. */
const TAIL_BYTES = 256 * 1024;

/** A followed run. */
export interface StackRun {
  readonly context: Context;
  readonly node: RemoteNode;
  readonly spec: JobSpec;
  readonly log: StepLog;
  readonly summary: SummaryFollower;
  /** Runs are compared with those of the same DevStack, role and services. */
  readonly kind: readonly string[];
  readonly restack: number;
  /** How often it may still be run again on this server. */
  readonly restacksLeft: number;
}

/** `isHeld`: it waits for other nodes in our plugin. Its log is to be closed. */
export async function openStackRun(context: Context, input: StackInput, isHeld: boolean): Promise<StackRun> {
  const { cluster, stackTimes } = context.ports;
  const { restack } = input;
  const own = planNodes(cluster.layout).find(({ name }) => name === input.node);
  if (own === undefined) throw new TypeError(`the saved layout has no node ${input.node}`);
  const services = enabledServices({ layout: cluster.layout, node: own }).toSorted();
  const kind = [cluster.layout.devstack.repo, own.role, services.join(',')];
  const learned = learnTimes(stackTimes.list(kind));
  const expected = { times: learned ?? usualTimes(own.role, services), isLearned: learned !== null };
  const node = nodeOf(context, input);
  const spec = {
    id: stackJobId(context.generation, restack),
    script: RUN_STACK,
    env: {},
    epoch: context.epoch,
    wallLimitMs: isHeld ? HELD_LIMIT_MS : WALL_LIMIT_MS,
    quietLimitMs: QUIET_LIMIT_MS,
  };
  const log = await context.ports.openLog(context, restack);
  const summary = new SummaryFollower(context, node, expected);
  return { context, node, spec, log, summary, kind, restack, restacksLeft: restacksLeft(own.role, restack) };
}

/**
 * Begins the job where it was not, and follows it to its end; null where it was left before that: as soon as `isEnough`, asked at each
 * look at the summary, or after so long.
 */
export async function followStack(
  { context, node, spec, log, summary }: StackRun,
  { isEnough = () => false, limitMs }: { readonly isEnough?: () => boolean; readonly limitMs?: number },
): Promise<JobResult | null> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const leave = (): void => over.abort();
  const onQuiet = (quietMs: number): void =>
    summary.say(`W5004 quiet: no output for ${Math.round(quietMs / 60_000)} min (running)`);
  const followJob = async (): Promise<JobResult | null> => {
    try {
      return await node.runJob(spec, log, signal, onQuiet);
    } catch (error) {
      if (over.signal.aborted && !context.signal.aborted) return null;
      throw error;
    } finally {
      leave();
    }
  };
  if (limitMs !== undefined) context.ports.clock.sleep(limitMs, signal).then(leave, () => undefined);
  // Whichever fails first is told, and neither fails unheard.
  const [result] = await Promise.all([followJob(), summary.follow(signal, isEnough).finally(leave)]);
  return result;
}

/** A question about a run that is over: a job of its own, whose id says which `part` of the run it is. */
export function askAfterRun(
  { context, node, spec }: StackRun,
  part: string,
  script: string,
  wallLimitMs: number,
): ReturnType<RemoteNode['runShortJob']> {
  const id = `${spec.id}-${part}-a${context.attempt}`;
  return node.runShortJob({ ...spec, id, script, wallLimitMs, quietLimitMs: null }, context.signal);
}

/** What the services call an error; nothing where the node does not tell. */
async function readServiceErrors(run: StackRun): Promise<string> {
  try {
    const { verdict, code, output } = await askAfterRun(run, 'errors', READ_SERVICE_ERRORS, 120_000);
    return verdict === 'exited' && code === 0 ? output : '';
  } catch (error) {
    // That stack.sh failed is known, and must be told whether or not its node can be asked for more.
    if (!(error instanceof BuilderError) || run.context.signal.aborted) throw error;
    return '';
  }
}

async function findCause(run: StackRun, node: string, code: number | null): Promise<StackFailure> {
  const known = { cluster: run.context.ports.cluster.name, node };
  const failure = classifyStackFailure(await run.log.tail(TAIL_BYTES), known, code);
  return failure.isServices ? explainByServices(failure, await readServiceErrors(run), known) : failure;
}

/** Why a run that is over has not ended well; null says that it did not end in time. */
export async function stackFailure(run: StackRun, node: string, result: JobResult | null): Promise<BuilderError> {
  const { context, spec, log, restack, restacksLeft: left } = run;
  const at = context.key;
  const state = (until: string): string =>
    `other nodes are unharmed; this server keeps its state for a look until it is ${until}`;
  const again = `the same command again runs unstack.sh and stack.sh on this server, try ${restack + 1} of ${MOST_RESTACKS}`;
  const isRestacked = left > 0;
  if (result === null || result.verdict === 'timeout') {
    const hours = (result === null ? WALL_LIMIT_MS : spec.wallLimitMs) / (60 * 60_000);
    const fix = `read ${log.path}`;
    return new BuilderError('stack-timeout', `${node}: stack.sh did not end within ${hours} h`, {
      at,
      state: state('replaced'),
      fix,
    });
  }
  if (result.verdict === 'rebooted' || result.verdict === 'lost') {
    const code = result.verdict === 'rebooted' ? 'server-rebooted' : 'job-lost';
    const message = `${node}: the end of stack.sh is unknown: ${result.verdict}`;
    return new BuilderError(code, message, {
      at,
      state: state(isRestacked ? 'stacked again' : 'replaced'),
      ...(isRestacked ? { fix: again } : {}),
    });
  }
  const cluster = context.ports.cluster.name;
  const { name, sentence, cure, isRetryable, lines } = await findCause(run, node, result.code);
  const how = result.verdict === 'exited' ? `exit ${result.code}` : result.verdict;
  const isAgain = isRestacked && isRetryable;
  const replaced = isRetryable
    ? 'the same command again replaces this server and goes on'
    : `the same command again replaces this server, but ends so until that is mended; another layout or option takes ./builder destroy ${cluster} first`;
  return new BuilderError(
    name === 'disk-full' ? 'server-disk-full' : 'stack-failed',
    `${node}: stack.sh: ${how}: ${sentence}`,
    {
      at,
      state: state(isAgain ? 'stacked again' : 'replaced'),
      fix: `${cure}; the log is ${log.path}; ${isAgain ? again : replaced}`,
      details: { verdict: result.verdict, code: result.code, class: name, sentence, cure, isRetryable, lines },
    },
  );
}
