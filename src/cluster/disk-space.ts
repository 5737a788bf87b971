/** Room on our own disk: enough before the first effect, and a pause that says so when it runs out. */
import { BuilderError } from '../errors.ts';
import { readFreeBytes } from '../host/free-space.ts';

const MIB = 1024 * 1024;
const STATE_MIB = 64;
const LOGS_OF_NODE_MIB = 2;

function formatSize(bytes: number): string {
  return bytes < MIB ? `${bytes} B` : `${Math.floor(bytes / MIB)} MiB`;
}

/** `logs` is where they go when not into the state's own folder. Throws `disk-full`. */
export async function checkDiskSpace(folder: string, nodes: number, logs: string | null): Promise<void> {
  const logsMib = LOGS_OF_NODE_MIB * nodes;
  const needs: (readonly [string, number])[] =
    logs === null
      ? [[folder, STATE_MIB + logsMib]]
      : [
          [folder, STATE_MIB],
          [logs, logsMib],
        ];
  for (const [place, neededMib] of needs) {
    const free = await readFreeBytes(place);
    if (free >= neededMib * MIB) continue;
    throw new BuilderError('disk-full', `${formatSize(free)} free in ${place}, ${neededMib} MiB needed`, {
      at: place,
      state: 'nothing was created',
      fix: 'free some space, then run the same command again',
    });
  }
}

/** What to tell of an error that ended a run: a full disk has only paused it. Everything else stays as it is. */
export async function tellPause(error: unknown, folder: string): Promise<unknown> {
  if (!(error instanceof BuilderError) || error.code !== 'disk-full') return error;
  const free = formatSize(await readFreeBytes(folder));
  return new BuilderError('disk-full', `${free} free in ${folder}; paused safely`, {
    at: error.at,
    state: 'no new work is begun; what was done is recorded, jobs on the servers run on',
    fix: 'free some space, then run the same command again',
    cause: error,
  });
}
