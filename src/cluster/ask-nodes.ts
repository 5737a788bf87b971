/** Asking the nodes of a built cloud by remote jobs that no step knows of: each run has its own, and changes nothing of the state. */
import { createHash } from 'node:crypto';
import { BuilderError, failureOf } from '../errors.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { fitConnections } from '../plan/connections.ts';
import { ASK_CLOUD, type Question } from '../remote/commands/ask-cloud.ts';
import type { JobResult, JobSpec, LogSink, Remote, RemoteNode } from '../remote/remote.ts';
import type { Known } from '../verify/facts.ts';
import { readDoing } from '../verify/job-facts.ts';
import { type Answers, parseAnswers } from '../verify/read-answers.ts';
import type { Parts } from './parts.ts';
import type { SshNode } from './ssh.ts';
import { endpointOf } from './step-ports.ts';

/** Seconds are enough for a server that is there. */
const REACH_MS = 20_000;
const ASK_MS = 10 * 60_000;

/** After these nobody goes on with the other nodes. */
const GRAVE: ReadonlySet<string> = new Set(['canceled', 'internal', 'host-key', 'fenced']);

export interface Asker {
  /** What a node answers now, also when it was asked before; the reason where it does not. Throws `host-key`, `fenced`, `canceled`. */
  ask(node: string, questions: readonly Question[]): Promise<Known<Answers>>;
  /**
   * Runs a job, and tells what it says it is doing; what it said, and how it ended where that was not well. `whenLeft` tells what becomes
   * of it when we stop before. Throws as `ask` does.
   */
  follow(
    node: string,
    job: Pick<JobSpec, 'id' | 'script' | 'env' | 'wallLimitMs'>,
    whenLeft: string,
  ): Promise<Known<{ readonly output: string; readonly end: string | null }>>;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** How a job ended, in words; null where it ended well. */
function endOf({ verdict, code }: JobResult): string | null {
  if (verdict === 'exited') return code === 0 ? null : `exit ${code}`;
  return verdict;
}

/** The log of a job in memory, told line by line as it comes. */
function openLines(onLine: (line: string) => void): LogSink & { text(): string } {
  let bytes = Buffer.alloc(0);
  let told = 0;
  const tell = (): void => {
    for (let end = bytes.indexOf(0x0a, told); end >= 0; end = bytes.indexOf(0x0a, told)) {
      onLine(bytes.subarray(told, end).toString('utf8'));
      told = end + 1;
    }
  };
  return {
    text: () => bytes.toString('utf8'),
    position: () => ({ offset: bytes.length, prefixSha256: createHash('sha256').update(bytes).digest('hex') }),
    append(chunk) {
      bytes = Buffer.concat([bytes, chunk]);
      tell();
      return Promise.resolve();
    },
    restart() {
      bytes = Buffer.alloc(0);
      told = 0;
      return Promise.resolve();
    },
    end: () => Promise.resolve(),
  };
}

async function unlessSilent<T>(node: string, work: () => Promise<Known<T>>): Promise<Known<T>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BuilderError) || GRAVE.has(error.code)) throw error;
    return { unknown: error.message.startsWith(node) ? error.message : `${node}: ${error.message}` };
  }
}

/** `run` tells the jobs of this run from those of others; `epoch`: the last that the nodes have seen of this state. */
export function openAsker(
  cluster: ClusterRecord,
  nodes: readonly SshNode[],
  vault: Vault,
  { run, epoch, sshProxy }: { readonly run: string; readonly epoch: number; readonly sshProxy: string | null },
  parts: Parts,
): Asker {
  const { signal } = parts;
  const remote: Remote = parts.openRemote(sshProxy, fitConnections(parts.fileLimit, Number.POSITIVE_INFINITY).count);
  const generations = new Map(cluster.nodes.map(({ name, generation }) => [name, generation]));
  const reach = async (name: string): Promise<RemoteNode> => {
    const found = nodes.find((node) => node.name === name);
    if (found === undefined) throw new BuilderError('no-ssh', `${name} has never been reached`, { at: name });
    const { address: host, user, hostKeys } = found;
    const node = remote.node(endpointOf({ node: name, hostKeys, user, host }, vault));
    await node.waitReachable(REACH_MS, signal);
    return node;
  };
  const specOf = (name: string, job: Pick<JobSpec, 'id' | 'script' | 'env' | 'wallLimitMs'>, once = run): JobSpec => ({
    ...job,
    id: `${job.id}-g${generations.get(name) ?? 1}-r${once}`,
    epoch,
    quietLimitMs: null,
  });
  return {
    ask: (name, questions) =>
      unlessSilent(name, async () => {
        const env = { QUESTIONS: questions.join(' ') };
        const job = { id: 'verify-ask', script: ASK_CLOUD, env, wallLimitMs: ASK_MS };
        // A job is begun once, so that each question is one of its own.
        const spec = specOf(name, job, parts.random.uuid().slice(0, 8));
        const { output, ...result } = await (await reach(name)).runShortJob(spec, signal);
        const end = endOf(result);
        return end === null ? { known: parseAnswers(output) } : { unknown: `${name}: the questions: ${end}` };
      }),
    follow: async (name, job, whenLeft) => {
      const notice = (text: string): void => parts.emit({ type: 'notice', level: 'info', text });
      const lines = openLines((line) => {
        const doing = readDoing(line);
        if (doing !== null) notice(`${name}: ${doing}`);
      });
      try {
        return await unlessSilent(name, async () => {
          const result = await (await reach(name)).runJob(specOf(name, job), lines, signal, () => undefined);
          return { known: { output: lines.text(), end: endOf(result) } };
        });
      } catch (error) {
        if (failureOf(error).code === 'canceled') notice(whenLeft);
        throw error;
      }
    },
    close: () => remote.close(),
  };
}
