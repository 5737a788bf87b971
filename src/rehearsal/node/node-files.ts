/** The files of rehearsed servers: those that somebody wrote, and the logs of a stack.sh, computed when they are read. */
import { type Change, type JobRow, nodeKey, put } from '../world.ts';
import { kindOf } from './job-kinds.ts';
import { jobRanUntilMs } from './jobs.ts';
import { stackLog, stackSummary } from './stack-log.ts';
import { LOG_FILE } from './stack-run.ts';
import type { NodeView } from './view.ts';

/** A file that was written; null when nobody did. */
export function keptFile({ world, server }: NodeView, path: string): Buffer | null {
  const row = world.file.get(nodeKey(server.id, path));
  return row === undefined ? null : Buffer.from(row.base64, 'base64');
}

/** Makes or replaces a file of the server. */
export function writeFile({ server }: NodeView, path: string, text: string): Change {
  const base64 = Buffer.from(text).toString('base64');
  return put('file', nodeKey(server.id, path), { serverId: server.id, path, base64 });
}

/** The last job on the server that is a run of stack.sh; of one that was taken back by unstack.sh nothing is left. */
export function stackJobOf({ world, server }: NodeView): JobRow | undefined {
  const begun = [...world.job.values()].flatMap((job) =>
    job.serverId === server.id && job.start !== null && (job.start.stack !== null || kindOf(job.id) === 'unstack')
      ? [{ job, start: job.start }]
      : [],
  );
  const last = begun.toSorted((left, right) => left.start.atMs - right.start.atMs).at(-1);
  return last === undefined || last.start.stack === null ? undefined : last.job;
}

/** What anybody who reads the path gets; null when there is no such file. */
export function readFileOn(view: NodeView, path: string): Buffer | null {
  if (path !== LOG_FILE && path !== `${LOG_FILE}.summary`) return keptFile(view, path);
  const job = stackJobOf(view);
  // What a test plays as stack.sh keeps its own files.
  if (job === undefined || job.start === null || job.start.stack === null) return keptFile(view, path);
  const tell = path === LOG_FILE ? stackLog : stackSummary;
  return tell(job.start.stack, job.start.atMs, jobRanUntilMs(job, view), view, job.start.hold ?? null);
}
