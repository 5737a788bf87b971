/** Steps that run one short script on a node: the remote-job protocol in one round trip, safe to repeat. */
import type { z } from 'zod';
import { type JsonObject, type RepeatClass, type StepContext, type StepKind, subjectOf } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import type { JobResult } from '../remote/remote.ts';
import { inspectJob } from './inspect-job.ts';
import { type AccessInput, nodeOf } from './node-access.ts';
import type { StepPorts } from './ports.ts';
import { NODE_RETRY } from './retry-policies.ts';

export interface Script {
  readonly script: string;
  /** Delivered in a 0600 file; the only place for secrets. */
  readonly env: Readonly<Record<string, string>>;
}

interface ScriptStep<Input extends AccessInput & JsonObject, Output extends JsonObject> {
  readonly kind: string;
  readonly version: number;
  /** `once`: begun at most once on a server, taken up again under the same job however often it is tried. */
  readonly repeat: Exclude<RepeatClass, 'guarded'>;
  readonly isIrrevocable?: boolean;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  readonly timeLimitMs: number;
  /** Done on one node about another, which the key names: several of a kind may be done there. */
  readonly isAboutOther?: boolean;
  /** Which of several runs on one server it is, where `once` means one of them. */
  runOf?(input: JsonObject): number;
  title(input: Input): string;
  /** What messages call it, where that is not its kind. */
  called?(input: Input): string;
  prepare(context: StepContext<StepPorts>, input: Input): Script | Promise<Script>;
  /** Reads the script's output; throws `BuilderError` for what it finds wrong. */
  conclude(output: string, context: StepContext<StepPorts>, input: Input): Output;
}

/** Scripts end with this code where a mirror or the network failed and a later attempt may not. */
const TEMPORARY = 100;

/** The last lines of a log that say something, for a message. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n').trim();
}

function failure(
  { kind, repeat }: { readonly kind: string; readonly repeat: RepeatClass },
  name: string,
  input: AccessInput,
  result: JobResult,
  output: string,
): BuilderError {
  const isOnce = repeat === 'once';
  const isTemporary = result.code === TEMPORARY || result.verdict === 'lost' || result.verdict === 'rebooted';
  const isRepeatable = isTemporary && !isOnce;
  const again = isOnce ? 'run the same command again, which replaces this server' : 'run the same command again';
  const how = result.verdict === 'exited' ? `exit ${result.code}` : result.verdict;
  return new BuilderError('job-failed', `${input.node}: ${name}: ${how}: ${lastLines(output, 1)}`, {
    at: `${kind}/${input.node}`,
    state: 'the server stays as it is; other nodes are unharmed',
    fix: `read ./builder logs CLUSTER ${input.node} ${kind}, mend the cause, ${again}`,
    details: { verdict: result.verdict, code: result.code, output: lastLines(output, 12) },
    disposition: isRepeatable ? 'retryable' : 'terminal',
  });
}

/** A step kind from one script. An attempt that was cut is taken up under the same job id, so it never runs twice. */
export function scriptStep<Input extends AccessInput & JsonObject, Output extends JsonObject>(
  step: ScriptStep<Input, Output>,
): StepKind<StepPorts, Input, Output> {
  // One for each attempt of what may be repeated.
  const jobId: NonNullable<StepKind<StepPorts>['jobId']> = (generation, attempt, { key, input }) => {
    const subject = step.isAboutOther === true ? `-of-${subjectOf(key)}` : '';
    const run = step.runOf === undefined ? '' : `-r${step.runOf(input)}`;
    return `${step.kind}${subject}-g${generation}${run}${step.repeat === 'once' ? '' : `-a${attempt}`}`;
  };
  const ownJobId = ({ generation, attempt, key }: StepContext<StepPorts>, input: Input): string =>
    jobId(generation, attempt, { key, input });
  return {
    kind: step.kind,
    version: step.version,
    repeat: step.repeat,
    isIrrevocable: step.isIrrevocable ?? false,
    input: step.input,
    output: step.output,
    retry: NODE_RETRY,
    timeLimitMs: step.timeLimitMs,
    title: (input) => step.title(input),
    jobId,
    // What was read before a crash may be stale; what was done is simply taken up again.
    observe: async () => ({ state: step.repeat === 'read' ? 'absent' : 'resumable' }),
    inspect: (context, input) => inspectJob(context, input, ownJobId(context, input)),
    async perform(context, input) {
      const { script, env } = await step.prepare(context, input);
      const spec = {
        id: ownJobId(context, input),
        script,
        env,
        epoch: context.epoch,
        wallLimitMs: step.timeLimitMs,
        quietLimitMs: null,
      };
      const result = await nodeOf(context, input).runShortJob(spec, context.signal);
      const log = await context.ports.openLog(context);
      try {
        await log.restart();
        await log.append(Buffer.from(result.output));
        await log.end();
      } finally {
        await log.close();
      }
      if (result.verdict !== 'exited' || result.code !== 0)
        throw failure(step, step.called?.(input) ?? step.kind, input, result, result.output);
      return step.conclude(result.output, context, input);
    },
  };
}
