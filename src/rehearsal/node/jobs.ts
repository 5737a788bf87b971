/** The state of a remote job at a time, from its row: how far its log is, and how it ended. */
import type { JobRow, JobStart } from '../world.ts';
import { elapsedMs } from './hold.ts';
import { nextStackLineMs, stackLog } from './stack-log.ts';
import type { NodeView } from './view.ts';

export interface JobEnd {
  readonly verdict: 'exited' | 'signaled' | 'timeout' | 'canceled' | 'rebooted';
  /** Exit code or signal number; null where the verdict says it all. */
  readonly code: number | null;
  readonly atMs: number;
}

export type JobState =
  | { readonly state: 'claimed' }
  /** `endsMs`: when it ends, as far as the world knows now. */
  | { readonly state: 'running'; readonly endsMs: number }
  /** Cut off by a reboot at this time; nobody has written that down yet. */
  | { readonly state: 'rebooted'; readonly cutAtMs: number }
  | { readonly state: 'done'; readonly end: JobEnd };

/** Between the wish to cancel and the end of the last process. */
const DYING_MS = 1_000;

/** What ends it, reboots aside: the first of its own end, its limit and its cancel. */
function plannedEnd(job: JobRow, start: JobStart): JobEnd {
  const ends: JobEnd[] = [
    { ...start.ending, atMs: start.atMs + elapsedMs(start.hold ?? null, start.lastsMs) },
    { verdict: 'timeout', code: null, atMs: start.atMs + job.wallMs },
  ];
  if (job.cancelAtMs !== null) ends.push({ verdict: 'canceled', code: null, atMs: job.cancelAtMs + DYING_MS });
  return ends.reduce((first, end) => (end.atMs < first.atMs ? end : first));
}

/** When a boot after the job's own began or will begin. */
function rebootMs(start: JobStart, view: NodeView): number {
  const { reboot } = view.server;
  return reboot === null || reboot.bootId === start.bootId || reboot.atMs <= start.atMs ? Infinity : reboot.atMs;
}

/** `view.server` is the server the job is on. */
export function jobState(job: JobRow, view: NodeView): JobState {
  const { start } = job;
  if (start === null) {
    if (job.cancelAtMs === null) return { state: 'claimed' };
    return { state: 'done', end: { verdict: 'canceled', code: null, atMs: job.cancelAtMs } };
  }
  if (job.isFoundRebooted) {
    return { state: 'done', end: { verdict: 'rebooted', code: null, atMs: start.atMs + start.lastsMs } };
  }
  const planned = plannedEnd(job, start);
  const cutAtMs = rebootMs(start, view);
  const endsMs = Math.min(planned.atMs, cutAtMs);
  if (view.nowMs < endsMs) return { state: 'running', endsMs };
  return cutAtMs < planned.atMs ? { state: 'rebooted', cutAtMs } : { state: 'done', end: planned };
}

/** Until when a job has run: now while it does, its end afterwards. */
export function jobRanUntilMs(job: JobRow, view: NodeView): number {
  const state = jobState(job, view);
  if (state.state === 'done') return state.end.atMs;
  return state.state === 'rebooted' ? state.cutAtMs : view.nowMs;
}

export function jobLog(job: JobRow, view: NodeView): Buffer {
  const { start } = job;
  if (start === null) return Buffer.alloc(0);
  const untilMs = jobRanUntilMs(job, view);
  const hold = start.hold ?? null;
  if (start.stack !== null) return stackLog(start.stack, start.atMs, untilMs, view, hold);
  const due = start.prints.filter(({ afterMs }) => start.atMs + elapsedMs(hold, afterMs) <= untilMs);
  return Buffer.concat(due.map(({ base64 }) => Buffer.from(base64, 'base64')));
}

/** When a running job prints next; infinite when it says no more. */
export function nextGrowthMs(job: JobRow, view: NodeView): number {
  const { start } = job;
  if (start === null) return Infinity;
  const hold = start.hold ?? null;
  if (start.stack !== null) return nextStackLineMs(start.stack, start.atMs, view.nowMs, hold);
  const next = start.prints.find(({ afterMs }) => start.atMs + elapsedMs(hold, afterMs) > view.nowMs);
  return next === undefined ? Infinity : start.atMs + elapsedMs(hold, next.afterMs);
}
