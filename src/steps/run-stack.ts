/** stack.sh as a remote job: begun at most once per server, attached to again after every cut, judged by its own words. */
import { z } from 'zod';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { READ_COMPLETION, RUN_STACK, SUMMARY_FILE } from '../remote/commands/run-stack.ts';
import type { JobResult, JobSpec, RemoteNode } from '../remote/remote.ts';
import { classifyStackFailure } from '../roles/stack-failure.ts';
import { inspectJob } from './inspect-job.ts';
import { accessInput, nodeOf } from './node-access.ts';
import type { StepLog, StepPorts } from './ports.ts';
import { NODE_RETRY } from './retry-policies.ts';

const output = z.object({ seconds: z.number(), logBytes: z.number(), logSha256: z.string() });
type Output = z.infer<typeof output>;
type Context = StepContext<StepPorts>;

const WALL_LIMIT_MS = 3 * 60 * 60_000;
const QUIET_LIMIT_MS = 30 * 60_000;
const SUMMARY_PAUSE_MS = 3_000;
const SUMMARY_CHUNK = 64 * 1024;
/** Most lines at the end are xtrace, and those that count come from before it. */
const TAIL_BYTES = 256 * 1024;

/** Reports DevStack's milestones while the job runs; a lost connection only pauses it. */
async function followSummary(context: Context, node: RemoteNode, signal: AbortSignal): Promise<void> {
  let offset = 0;
  while (!signal.aborted) {
    try {
      await context.ports.clock.sleep(SUMMARY_PAUSE_MS, signal);
      const bytes = await node.readFile(SUMMARY_FILE, offset, SUMMARY_CHUNK, signal);
      offset += bytes.length;
      const line = Buffer.from(bytes).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
      const text = line.replace(/^\S+ \S+ \| /, '').trim();
      if (text !== '') context.report(text);
    } catch (error) {
      // The summary is for people only: the job itself is followed elsewhere and speaks for its own connection.
      if (!(error instanceof BuilderError) && !signal.aborted) throw error;
    }
  }
}

async function followJob(context: Context, node: RemoteNode, spec: JobSpec, log: StepLog): Promise<JobResult> {
  const over = new AbortController();
  const onQuiet = (quietMs: number): void =>
    context.report(`W5004 quiet: no output for ${Math.round(quietMs / 60_000)} min (running)`);
  // Whichever fails first is told, and neither fails unheard.
  const [result] = await Promise.all([
    node.runJob(spec, log, context.signal, onQuiet).finally(() => over.abort()),
    followSummary(context, node, AbortSignal.any([context.signal, over.signal])),
  ]);
  return result;
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
    const log = await context.ports.openLog(context);
    try {
      const result = await followJob(context, node, spec, log);
      const done =
        result.verdict === 'exited' && result.code === 0 ? await conclude(context, node, spec, result) : null;
      if (done !== null) return done;
      throw fail(context, input.node, result, await log.tail(TAIL_BYTES), log.path);
    } finally {
      await log.close();
    }
  },
};
