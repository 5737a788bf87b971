/** stack.sh as a remote job: begun at most once per server, attached to again after every cut, judged by its own words. */
import { z } from 'zod';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { planNodes } from '../layout/nodes.ts';
import { READ_COMPLETION, RUN_STACK } from '../remote/commands/run-stack.ts';
import type { JobResult, JobSpec, RemoteNode } from '../remote/remote.ts';
import { enabledServices } from '../roles/local-conf.ts';
import { usualTimes } from '../roles/milestones.ts';
import { classifyStackFailure } from '../roles/stack-failure.ts';
import type { ExpectedTimes } from '../roles/stack-progress.ts';
import { learnTimes, timesOf } from '../roles/stage-times.ts';
import { SummaryFollower } from './follow-summary.ts';
import { inspectJob } from './inspect-job.ts';
import { accessInput, nodeOf } from './node-access.ts';
import type { StepLog, StepPorts } from './ports.ts';
import { NODE_RETRY } from './retry-policies.ts';

const output = z.object({ seconds: z.number(), logBytes: z.number(), logSha256: z.string() });
type Output = z.infer<typeof output>;
type Context = StepContext<StepPorts>;

const WALL_LIMIT_MS = 3 * 60 * 60_000;
const QUIET_LIMIT_MS = 30 * 60_000;
/** Most lines at the end are xtrace, and those that count come from before it. */
const TAIL_BYTES = 256 * 1024;

type RunKind = readonly string[];

/** Runs are compared with those of the same DevStack, role and services. */
function measuresOf(context: Context, name: string): { readonly kind: RunKind; readonly expected: ExpectedTimes } {
  const { cluster, stackTimes } = context.ports;
  const node = planNodes(cluster.layout).find((each) => each.name === name);
  if (node === undefined) throw new TypeError(`the saved layout has no node ${name}`);
  const services = enabledServices({ layout: cluster.layout, node }).toSorted();
  const kind = [cluster.layout.devstack.repo, node.role, services.join(',')];
  const learned = learnTimes(stackTimes.list(kind));
  const expected = { times: learned ?? usualTimes(node.role, services), isLearned: learned !== null };
  return { kind, expected };
}

async function followJob(
  context: Context,
  node: RemoteNode,
  spec: JobSpec,
  log: StepLog,
  summary: SummaryFollower,
): Promise<JobResult> {
  const over = new AbortController();
  const onQuiet = (quietMs: number): void =>
    summary.say(`W5004 quiet: no output for ${Math.round(quietMs / 60_000)} min (running)`);
  // Whichever fails first is told, and neither fails unheard.
  const [result] = await Promise.all([
    node.runJob(spec, log, context.signal, onQuiet).finally(() => over.abort()),
    summary.follow(AbortSignal.any([context.signal, over.signal])),
  ]);
  return result;
}

/** For later runs, and only for people: whatever hinders it, this one has ended well. */
async function learn(context: Context, kind: RunKind, summary: SummaryFollower): Promise<void> {
  try {
    await summary.read(context.signal);
  } catch (error) {
    if (!(error instanceof BuilderError) && !context.signal.aborted) throw error;
  }
  const times = timesOf(summary.lines);
  if (times !== null) context.ports.stackTimes.record(kind, context, times);
}

function fail(context: Context, node: string, result: JobResult, tail: string, logPath: string): BuilderError {
  const at = `run-stack/${node}`;
  const state = 'other nodes are unharmed; this server keeps its state for a look until it is replaced';
  if (result.verdict === 'timeout') {
    return new BuilderError('stack-timeout', `${node}: stack.sh did not end within 3 h`, {
      at,
      state,
      fix: `read ${logPath}`,
    });
  }
  if (result.verdict === 'rebooted' || result.verdict === 'lost') {
    const code = result.verdict === 'rebooted' ? 'server-rebooted' : 'job-lost';
    return new BuilderError(code, `${node}: the end of stack.sh is unknown: ${result.verdict}`, { at, state });
  }
  const cluster = context.ports.cluster.name;
  const { name, sentence, cure, isRetryable, lines } = classifyStackFailure(tail, { cluster, node }, result.code);
  const how = result.verdict === 'exited' ? `exit ${result.code}` : result.verdict;
  const code = name === 'disk-full' ? 'server-disk-full' : 'stack-failed';
  const again = isRetryable
    ? 'the same command again replaces this server and goes on'
    : `the same command again replaces this server, but ends so until that is mended; another layout or option takes ./builder destroy ${cluster} first`;
  return new BuilderError(code, `${node}: stack.sh: ${how}: ${sentence}`, {
    at,
    state,
    fix: `${cure}; the log is ${logPath}; ${again}`,
    details: { verdict: result.verdict, code: result.code, class: name, sentence, cure, isRetryable, lines },
  });
}

async function conclude(context: Context, node: RemoteNode, spec: JobSpec, result: JobResult): Promise<Output | null> {
  const asked = await node.runShortJob(
    {
      ...spec,
      id: `${spec.id}-completion-a${context.attempt}`,
      script: READ_COMPLETION,
      wallLimitMs: 60_000,
      quietLimitMs: null,
    },
    context.signal,
  );
  const seconds = /stack\.sh completed in (\d+) seconds/.exec(asked.output)?.[1];
  return seconds === undefined
    ? null
    : { seconds: Number(seconds), logBytes: result.logBytes, logSha256: result.logSha256 };
}

/** It knows no attempt: however often the step is performed on one server, stack.sh is begun once. */
function jobId(generation: number): string {
  return `run-stack-g${generation}`;
}

export const runStack: StepKind<StepPorts, z.infer<typeof accessInput>, Output> = {
  kind: 'run-stack',
  version: 1,
  repeat: 'once',
  input: accessInput,
  output,
  retry: NODE_RETRY,
  timeLimitMs: WALL_LIMIT_MS + 10 * 60_000,
  title: ({ node }) => `run stack.sh on ${node}`,
  jobId,
  observe: async () => ({ state: 'resumable' }),
  inspect: (context, input) => inspectJob(context, input, jobId(context.generation)),
  async perform(context, input) {
    const node = nodeOf(context, input);
    const spec: JobSpec = {
      id: jobId(context.generation),
      script: RUN_STACK,
      env: {},
      epoch: context.epoch,
      wallLimitMs: WALL_LIMIT_MS,
      quietLimitMs: QUIET_LIMIT_MS,
    };
    const { kind, expected } = measuresOf(context, input.node);
    const summary = new SummaryFollower(context, node, expected);
    const log = await context.ports.openLog(context);
    try {
      const result = await followJob(context, node, spec, log, summary);
      const done =
        result.verdict === 'exited' && result.code === 0 ? await conclude(context, node, spec, result) : null;
      if (done !== null) {
        await learn(context, kind, summary);
        return done;
      }
      throw fail(context, input.node, result, await log.tail(TAIL_BYTES), log.path);
    } finally {
      await log.close();
    }
  },
};
