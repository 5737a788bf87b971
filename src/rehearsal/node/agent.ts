/** The agent of a rehearsed server: what its verbs change, and the very bytes it answers. */
import { createHash } from 'node:crypto';
import { bootOf } from '../server-life.ts';
import { type Change, type JobRow, nodeKey, put, remove } from '../world.ts';
import type { AgentCommand } from './command.ts';
import { isStackRun } from './job-kinds.ts';
import { type JobEnd, jobLog, jobState, nextGrowthMs } from './jobs.ts';
import { keptFile, readFileOn } from './node-files.ts';
import { programFor } from './programs.ts';
import { readEnv } from './shell-text.ts';
import type { NodeView } from './view.ts';

const GREETING = 'builder-agent 1\n';

type Refusal = 'bad-request' | 'short' | 'disk' | 'fenced' | 'conflict';

export interface Effect {
  /** The whole answer; null when `reportOf` gives it, once the changes are made. */
  readonly refusal: Buffer | null;
  readonly changes: readonly Change[];
}

export interface Report {
  readonly answer: Buffer;
  /** Whether what was asked to be waited for is still to come. */
  readonly isWorthWaiting: boolean;
  /** How long the question may wait, in milliseconds of its asker. */
  readonly waitMs: number;
  /** The modelled time at which another answer is due; infinite when only other commands bring one. */
  readonly nextAtMs: number;
}

/** How many words come before those of the report; of the verbs that change nothing only tail has them. */
const OWN_WORDS: Readonly<Record<string, number>> = { put: 9, run: 9, start: 4, cancel: 4, tail: 1 };
const REPORT_WORDS = 5;

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function refuse(word: Refusal, changes: readonly Change[] = []): Effect {
  return { refusal: Buffer.from(`${GREETING}error ${word}\n\n`), changes };
}

function isReadable(command: AgentCommand): boolean {
  if (command.verb === 'read') return command.words.length === 3;
  const own = OWN_WORDS[command.verb];
  if (own === undefined || command.words.length !== own + REPORT_WORDS) return false;
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(command.words[0] ?? '');
}

function jobFile(command: AgentCommand, id: string, name: string): string {
  return `${command.root}/jobs/${id}/${name}`;
}

interface Upload {
  readonly script: Buffer;
  readonly env: Buffer;
}

/** What came on stdin; null when it is not what was announced. */
function receive(command: AgentCommand, stdin: Buffer): Upload | null {
  const [scriptLength, scriptSha256, envLength, envSha256] = command.words.slice(4);
  const script = stdin.subarray(0, Number(scriptLength));
  const env = stdin.subarray(script.length, script.length + Number(envLength));
  const isWhole = script.length === Number(scriptLength) && env.length === Number(envLength);
  return isWhole && sha256(script) === scriptSha256 && sha256(env) === envSha256 ? { script, env } : null;
}

/** The boot the server is in. */
function bootIdOf({ server, nowMs }: NodeView): string {
  return bootOf(server, nowMs)?.id ?? server.firstBootId;
}

/** The row with its start, and what the program changes. */
function begin(job: JobRow, upload: Upload, view: NodeView): readonly Change[] {
  const env = readEnv(upload.env.toString('utf8'));
  const { start, changes } = programFor(job.id, upload.script.toString('utf8'), env, view);
  const row: JobRow = { ...job, start: { atMs: view.nowMs, bootId: bootIdOf(view), ...start } };
  return [put('job', nodeKey(job.serverId, job.id), row), ...changes];
}

function claim(command: AgentCommand, upload: Upload, view: NodeView): readonly Change[] {
  const [id = '', , , , , scriptSha256 = '', , envSha256 = '', wallMs] = command.words;
  const job: JobRow = {
    serverId: view.server.id,
    id,
    scriptSha256,
    envSha256,
    wallMs: Number(wallMs),
    claimedAtMs: view.nowMs,
    start: null,
    cancelAtMs: null,
    isFoundRebooted: false,
  };
  if (command.verb === 'run') return begin(job, upload, view);
  const keep = (name: string, data: Buffer): Change => {
    const path = jobFile(command, id, name);
    return put('file', nodeKey(job.serverId, path), { serverId: job.serverId, path, base64: data.toString('base64') });
  };
  return [put('job', nodeKey(job.serverId, id), job), keep('script', upload.script), keep('env', upload.env)];
}

/** What a new supervisor does with a job: begins it, or writes down that a reboot has ended it. */
function supervise(command: AgentCommand, job: JobRow, view: NodeView): readonly Change[] {
  const state = jobState(job, view);
  if (state.state === 'rebooted' && job.start !== null) {
    // A later boot may replace this one in the server's row, so how long the job lasted is written down as well.
    const start = { ...job.start, lastsMs: state.cutAtMs - job.start.atMs };
    return [put('job', nodeKey(job.serverId, job.id), { ...job, start, isFoundRebooted: true })];
  }
  if (state.state !== 'claimed') return [];
  const fetch = (name: string): Buffer => keptFile(view, jobFile(command, job.id, name)) ?? Buffer.alloc(0);
  const drop = (name: string): Change => remove('file', nodeKey(job.serverId, jobFile(command, job.id, name)));
  return [...begin(job, { script: fetch('script'), env: fetch('env') }, view), drop('script'), drop('env')];
}

/** What a verb changes; nothing for those that only look. */
export function effectOf(command: AgentCommand, stdin: Buffer, view: NodeView): Effect {
  const { verb, words } = command;
  if (!isReadable(command)) return refuse('bad-request');
  if (verb === 'tail' || verb === 'read') return { refusal: null, changes: [] };
  const [id = '', epochWord] = words;
  const upload = verb === 'put' || verb === 'run' ? receive(command, stdin) : null;
  if (view.faults.isDiskFull && !isStackRun(id)) return refuse('disk');
  if (upload === null && (verb === 'put' || verb === 'run')) return refuse('short');

  const serverId = view.server.id;
  const epoch = Number(epochWord);
  const highest = view.world.epoch.get(nodeKey(serverId))?.epoch ?? 0;
  if (epoch < highest) return refuse('fenced');
  const raised = epoch > highest ? [put('epoch', nodeKey(serverId), { serverId, epoch })] : [];

  const job = view.world.job.get(nodeKey(serverId, id));
  if (job === undefined) {
    return { refusal: null, changes: upload === null ? raised : [...raised, ...claim(command, upload, view)] };
  }
  if (upload !== null && (words[5] !== job.scriptSha256 || words[7] !== job.envSha256))
    return refuse('conflict', raised);
  if (verb === 'put') return { refusal: null, changes: raised };
  const mustCancel = verb === 'cancel' && job.cancelAtMs === null && jobState(job, view).state !== 'done';
  const wanted = mustCancel ? { ...job, cancelAtMs: view.nowMs } : job;
  const canceled = mustCancel ? [put('job', nodeKey(serverId, id), wanted)] : [];
  return { refusal: null, changes: [...raised, ...canceled, ...supervise(command, wanted, view)] };
}

function recordOf(job: JobRow, end: JobEnd, log: Buffer, view: NodeView): string {
  // Who finds a job cut off writes the record, and that is in a later boot.
  const bootId = end.verdict === 'rebooted' || job.start === null ? bootIdOf(view) : job.start.bootId;
  return [
    `verdict ${end.verdict}`,
    `code ${end.code ?? '-'}`,
    `ended ${view.utc(end.atMs)}`,
    `boot_id ${bootId}`,
    `log_bytes ${log.length}`,
    `log_sha256 ${sha256(log)}`,
    '',
  ].join('\n');
}

/** The answer as of now; asked again after `nextAtMs`, or when the world has changed, while it is worth waiting. */
export function reportOf(command: AgentCommand, stdin: Buffer, view: NodeView): Report {
  if (command.verb === 'read') return answerRead(command, stdin, view);
  const wish = command.words.slice(OWN_WORDS[command.verb]);
  const [offset = 0, , waitMs = 0, , limit = 0] = wish.map(Number);
  const [, prefixSha256, , until] = wish;
  const job = view.world.job.get(nodeKey(view.server.id, command.words[0]));
  if (job === undefined) return final('state absent\nbytes 0\n\n');
  const state = jobState(job, view);
  const log = jobLog(job, view);
  const isChanged = log.length < offset || (prefixSha256 !== '-' && sha256(log.subarray(0, offset)) !== prefixSha256);
  const fields = [
    `state ${state.state}\n`,
    state.state === 'done' ? recordOf(job, state.end, log, view) : '',
    `bytes ${log.length}\nchanged ${isChanged ? 'yes' : 'no'}\n\n`,
  ].join('');
  const piece = isChanged ? Buffer.alloc(0) : log.subarray(offset, offset + limit);
  const report = final(fields, piece);
  if (state.state !== 'running' || isChanged) return report;
  const hasGrown = until === 'growth' && log.length > offset;
  const nextAtMs = until === 'growth' ? Math.min(nextGrowthMs(job, view), state.endsMs) : state.endsMs;
  return { ...report, isWorthWaiting: !hasGrown, waitMs, nextAtMs };
}

function final(fields: string, body: Buffer = Buffer.alloc(0)): Report {
  const answer = Buffer.concat([Buffer.from(GREETING + fields), body]);
  return { answer, isWorthWaiting: false, waitMs: 0, nextAtMs: Infinity };
}

function answerRead(command: AgentCommand, stdin: Buffer, view: NodeView): Report {
  const [offset = 0, limit = 0, pathLength = 0] = command.words.map(Number);
  const path = stdin.subarray(0, pathLength).toString('utf8');
  const content = readFileOn(view, path);
  return final('\n', content?.subarray(offset, offset + limit));
}
