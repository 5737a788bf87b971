/** The agent's language, purely: command lines and uploads for it, and what its answers mean. */
import { createHash } from 'node:crypto';
import { BuilderError, type ErrorCode } from '../errors.ts';
import type { JobResult, JobSpec, JobStatus, JobVerdict } from './remote.ts';

/** One command line with what it reads from stdin. The line is trivial for every login shell, csh and fish included. */
export interface AgentCall {
  readonly command: string;
  readonly stdin: Buffer;
}

export interface AgentAnswer {
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** How the agent is to report: which piece of the log, and what to wait for before. */
export interface ReportWish {
  readonly offset: number;
  /** SHA-256 of the log before `offset`, compared on the node; null trusts it. */
  readonly prefixSha256: string | null;
  readonly waitMs: number;
  readonly until: 'exit' | 'growth';
  readonly limit: number;
}

export interface AgentSettings {
  /** Absolute folder on the node, [A-Za-z0-9._/-] only. */
  readonly root: string;
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number;
  /** Milliseconds for processes that still write the log when the script has ended. */
  readonly stragglerMs: number;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function checkWord(word: string): string {
  if (!/^[A-Za-z0-9._/-]+$/.test(word))
    throw new BuilderError('internal', `not a safe word for a node: ${JSON.stringify(word)}`);
  return word;
}

/** Assignments that sh sources: any value survives, quotes, `$()`, backticks and line ends included. Throws `internal` on NUL or a bad name. */
export function exportLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw new BuilderError('internal', `not a variable name: ${JSON.stringify(name)}`);
      if (value.includes('\0')) throw new BuilderError('internal', `the value of ${name} holds a NUL`);
      return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`;
    })
    .join('');
}

/** Speaks to one version of the agent on nodes of one login user. */
export class AgentLanguage {
  private readonly settings: AgentSettings;
  private readonly text: Buffer;
  private readonly digest: string;
  private readonly folder: string;
  private readonly become: string;

  constructor(settings: AgentSettings, agentText: string, user: string) {
    this.settings = settings;
    this.text = Buffer.from(agentText);
    this.digest = sha256(this.text);
    this.folder = checkWord(`${settings.root}/agent-${this.digest.slice(0, 16)}`);
    this.become = user === 'root' ? '' : 'sudo -n ';
  }

  /** Puts the agent there unless it is, complete, and tells which of its programs are missing. */
  install(): AgentCall {
    const folder = this.folder;
    const draft = `${folder}.$$`;
    const isGood = `test "$(sha256sum 2>/dev/null <${folder}/agent.sh)" = "${this.digest}  -"`;
    // Between single quotes there may be no quote, backslash or exclamation mark: csh and fish give those a meaning there.
    const script = [
      'umask 077',
      'for p in flock setsid sha256sum head tail stat sync ln env; do command -v $p >/dev/null || echo builder-agent-missing $p; done',
      `if ${isGood} 2>/dev/null; then cat >/dev/null; else rm -rf ${folder} && mkdir -p ${draft} && head -c ${this.text.length} >${draft}/agent.sh ` +
        `&& sync ${draft}/agent.sh && { mv -T ${draft} ${folder} || rm -rf ${draft}; }; fi`,
      `${isGood} && echo builder-agent-ready`,
    ].join('; ');
    return { command: `${this.become}sh -c '${script}'`, stdin: this.text };
  }

  /** Puts the job, starts it, waits and reports, in one round trip; `put` leaves out the start. */
  run(spec: JobSpec, wish: ReportWish, verb: 'run' | 'put' = 'run'): AgentCall {
    const script = Buffer.from(spec.script);
    const env = Buffer.from(exportLines(spec.env));
    const facts = [script.length, sha256(script), env.length, sha256(env), Math.ceil(spec.wallLimitMs)];
    return this.call(
      [verb, ...this.effect(spec.id, spec.epoch), ...facts, ...this.report(wish)],
      Buffer.concat([script, env]),
    );
  }

  /** Starts a job that was put before, or lets a new supervisor look after one whose supervisor died. */
  start(jobId: string, epoch: number, wish: ReportWish): AgentCall {
    return this.call(['start', ...this.effect(jobId, epoch), ...this.report(wish)]);
  }

  cancel(jobId: string, epoch: number, wish: ReportWish): AgentCall {
    return this.call(['cancel', ...this.effect(jobId, epoch), ...this.report(wish)]);
  }

  tail(jobId: string, wish: ReportWish): AgentCall {
    return this.call(['tail', jobId, ...this.report(wish)]);
  }

  readFile(path: string, offset: number, limit: number): AgentCall {
    const name = Buffer.from(path);
    return this.call(['read', offset, limit, name.length], name);
  }

  private effect(jobId: string, epoch: number): readonly (string | number)[] {
    return [jobId, epoch, Math.ceil(this.settings.graceMs), Math.ceil(this.settings.stragglerMs)];
  }

  private report(wish: ReportWish): readonly (string | number)[] {
    return [wish.offset, wish.prefixSha256 ?? '-', Math.ceil(wish.waitMs), wish.until, wish.limit];
  }

  private call(words: readonly (string | number)[], stdin = Buffer.alloc(0)): AgentCall {
    const [verb, ...rest] = words.map((word) => checkWord(String(word)));
    return {
      command: [`${this.become}sh ${this.folder}/agent.sh`, verb, this.settings.root, ...rest].join(' '),
      stdin,
    };
  }
}

const GREETING = 'builder-agent 1\n';

/** Reads an answer, whatever a login shell printed before it; null when there is none. */
export function parseAnswer(stdout: Buffer): AgentAnswer | null {
  const greeting = stdout.indexOf(GREETING);
  if (greeting < 0) return null;
  const begin = greeting + GREETING.length;
  const isEmpty = stdout[begin] === 0x0a;
  const end = isEmpty ? begin : stdout.indexOf('\n\n', begin);
  if (end < 0) return null;
  const lines = stdout.subarray(begin, end).toString('utf8').split('\n');
  const fields = new Map(
    lines.filter((line) => line !== '').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
  );
  return { fields, body: stdout.subarray(end + (isEmpty ? 1 : 2)) };
}

const REFUSALS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  fenced: ['fenced', 'the node was already told to by a newer builder'],
  conflict: ['job-conflict', 'a job of this name with other content exists on the node'],
  disk: ['server-disk-full', 'the node cannot keep a job on its disk'],
  short: ['ssh-lost', 'the upload of a job was cut off'],
  busy: ['ssh-lost', 'another builder talks to the node'],
};

/** The error an answer stands for; null when it is none. */
export function refusalOf(answer: AgentAnswer, node: string): BuilderError | null {
  const word = answer.fields.get('error');
  if (word === undefined) return null;
  const [code, text] = REFUSALS[word] ?? ['internal', `the agent refused: ${word}`];
  return new BuilderError(code, `${node}: ${text}`, { at: node });
}

const VERDICTS: readonly JobVerdict[] = ['exited', 'signaled', 'timeout', 'canceled', 'lost', 'rebooted'];

/** The job's status out of an answer. Throws `internal` when it makes no sense. */
export function statusOf(answer: AgentAnswer): JobStatus {
  const state = answer.fields.get('state');
  const logBytes = Number(answer.fields.get('bytes'));
  if (
    state === 'absent' ||
    state === 'claimed' ||
    state === 'running' ||
    state === 'unsupervised' ||
    state === 'rebooted'
  ) {
    return { state, logBytes };
  }
  const verdict = VERDICTS.find((each) => each === answer.fields.get('verdict'));
  const code = answer.fields.get('code');
  const logSha256 = answer.fields.get('log_sha256');
  if (state !== 'done' || verdict === undefined || code === undefined || logSha256 === undefined) {
    throw new BuilderError('internal', 'the agent gave an answer without sense', {
      details: Object.fromEntries(answer.fields),
    });
  }
  const result: JobResult = {
    verdict,
    code: code === '-' ? null : Number(code),
    logBytes: Number(answer.fields.get('log_bytes')),
    logSha256,
  };
  return { state, result };
}
