/** The one stack.sh of a server, as the steps that follow it share it: its job, what is told meanwhile, and why it failed. */
import type { StepContext } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { planNodes } from '../layout/nodes.ts';
import { RUN_STACK } from '../remote/commands/run-stack.ts';
import type { JobResult, JobSpec, RemoteNode } from '../remote/remote.ts';
import { enabledServices } from '../roles/local-conf.ts';
import { usualTimes } from '../roles/milestones.ts';
import { classifyStackFailure } from '../roles/stack-failure.ts';
import { learnTimes } from '../roles/stage-times.ts';
import { SummaryFollower } from './follow-summary.ts';
import { type AccessInput, nodeOf } from './node-access.ts';
import type { StepLog, StepPorts } from './ports.ts';

type Context = StepContext<StepPorts>;

/** Of a stack.sh that works. */
export const WALL_LIMIT_MS = 3 * 60 * 60_000;
/** Of one that other nodes may hold: a builder may be away overnight before it is released. */
const HELD_LIMIT_MS = 24 * 60 * 60_000;
const QUIET_LIMIT_MS = 30 * 60_000;
/** Most lines at the end are xtrace, and those that count come from before it. */
const TAIL_BYTES = 256 * 1024;

/** It knows no attempt and no step: however often it is asked for on one server, stack.sh is begun once. */
export function stackJobId(generation: number): string {
  return `run-stack-g${generation}`;
}

/** A followed run. */
export interface StackRun {
  readonly context: Context;
  readonly node: RemoteNode;
  readonly spec: JobSpec;
  readonly log: StepLog;
  readonly summary: SummaryFollower;
  /** Runs are compared with those of the same DevStack, role and services. */
  readonly kind: readonly string[];
}

/** `isHeld`: it waits for other nodes in our plugin. Its log is to be closed. */
export async function openStackRun(context: Context, input: AccessInput, isHeld: boolean): Promise<StackRun> {
  const { cluster, stackTimes } = context.ports;
  const own = planNodes(cluster.layout).find(({ name }) => name === input.node);
  if (own === undefined) throw new TypeError(`the saved layout has no node ${input.node}`);
  const services = enabledServices({ layout: cluster.layout, node: own }).toSorted();
  const kind = [cluster.layout.devstack.repo, own.role, services.join(',')];
  const learned = learnTimes(stackTimes.list(kind));
  const expected = { times: learned ?? usualTimes(own.role, services), isLearned: learned !== null };
  const node = nodeOf(context, input);
  const spec = {
    id: stackJobId(context.generation),
    script: RUN_STACK,
    env: {},
    epoch: context.epoch,
    wallLimitMs: isHeld ? HELD_LIMIT_MS : WALL_LIMIT_MS,
    quietLimitMs: QUIET_LIMIT_MS,
  };
  const log = await context.ports.openLog(context);
  return { context, node, spec, log, summary: new SummaryFollower(context, node, expected), kind };
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

/** Why a run that is over has not ended well; null says that it did not end in time. */
export async function stackFailure(
  { context, spec, log }: StackRun,
  node: string,
  result: JobResult | null,
): Promise<BuilderError> {
  const at = context.key;
  const state = 'other nodes are unharmed; this server keeps its state for a look until it is replaced';
  if (result === null || result.verdict === 'timeout') {
    const hours = (result === null ? WALL_LIMIT_MS : spec.wallLimitMs) / (60 * 60_000);
    const fix = `read ${log.path}`;
    return new BuilderError('stack-timeout', `${node}: stack.sh did not end within ${hours} h`, { at, state, fix });
  }
  if (result.verdict === 'rebooted' || result.verdict === 'lost') {
    const code = result.verdict === 'rebooted' ? 'server-rebooted' : 'job-lost';
    return new BuilderError(code, `${node}: the end of stack.sh is unknown: ${result.verdict}`, { at, state });
  }
  const cluster = context.ports.cluster.name;
  const tail = await log.tail(TAIL_BYTES);
  const { name, sentence, cure, isRetryable, lines } = classifyStackFailure(tail, { cluster, node }, result.code);
  const how = result.verdict === 'exited' ? `exit ${result.code}` : result.verdict;
  const again = isRetryable
    ? 'the same command again replaces this server and goes on'
    : `the same command again replaces this server, but ends so until that is mended; another layout or option takes ./builder destroy ${cluster} first`;
  return new BuilderError(
    name === 'disk-full' ? 'server-disk-full' : 'stack-failed',
    `${node}: stack.sh: ${how}: ${sentence}`,
    {
      at,
      state,
      fix: `${cure}; the log is ${log.path}; ${again}`,
      details: { verdict: result.verdict, code: result.code, class: name, sentence, cure, isRetryable, lines },
    },
  );
}
