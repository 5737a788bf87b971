/** Power cuts: kills a worker at random moments and opens what the disk could hold then, by many chances. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Chance } from '../../simulation/seeded-random.ts';
import { CUTS, type Cut, Disk } from './disk.ts';
import { type Acknowledged, NOTHING } from './evidence.ts';
import { inspectImage } from './inspect.ts';
import { chanceOf, Sweep, type SweepReport, type SweepWishes, scratchParent } from './sweep.ts';
import { type DiskEvent, parseTrace } from './trace.ts';

export interface PowerCutReport extends SweepReport {
  /** Workers that were killed. */
  readonly kills: number;
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const SHIM = fileURLToPath(new URL('./record-disk.c', import.meta.url));
const IMAGES_OF_A_KILL = 48;
/** Workers are killed by this many words of theirs, most of them early: a state is born once. */
const MOST_WORDS = 600;

/** Why power cuts cannot be tried here, or null. */
export function whyNoPowerCuts(): string | null {
  if (process.platform !== 'linux') return 'Power cuts are tried on Linux only: they preload a library.';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'Power cuts need a C compiler named cc.';
  }
}

function compileShim(folder: string): string {
  const library = join(folder, 'record-disk.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SHIM, '-lpthread']);
  return library;
}

/** Starts a worker and kills it after so many of its words; everything it did to its disk until then. */
async function traceOne(
  folder: string,
  library: string,
  words: number,
  pragmas: readonly string[],
): Promise<readonly DiskEvent[]> {
  const [root, trace] = [join(folder, 'disk'), join(folder, 'trace')];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const child = spawn(process.execPath, [WORKER, join(root, 'state'), ...pragmas], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LD_PRELOAD: library, DISK_TRACE: trace, DISK_ROOT: root },
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  let heard = 0;
  createInterface({ input: child.stdout }).on('line', () => {
    heard += 1;
    if (heard === words) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal !== 'SIGKILL') throw new Error(`the worker ended by itself: ${complaint}`);
  return parseTrace(readFileSync(trace));
}

/** What had been said by then: the last word of each kind counts. */
function acknowledgedIn(events: readonly DiskEvent[]): Acknowledged {
  const lines = events.filter(({ kind }) => kind === 'say').flatMap(({ data }) => data.toString().trim().split('\n'));
  return Object.assign({}, NOTHING, ...lines.map((line) => JSON.parse(line) as object)) as Acknowledged;
}

/** A disk that lived through these events, saved as a power cut left it. */
function saveImage(events: readonly DiskEvent[], cut: Cut, chance: Chance, root: string, image: string): void {
  const disk = new Disk();
  for (const event of events) disk.apply(event);
  disk.cutPower(cut, chance);
  rmSync(image, { recursive: true, force: true });
  mkdirSync(image);
  disk.save(root, image);
}

/**
 * @param pragmas for the worker's journal, instead of the journal's own.
 * @throws Error where `whyNoPowerCuts` has a reason.
 */
export async function runPowerCuts(wishes: SweepWishes, pragmas: readonly string[] = []): Promise<PowerCutReport> {
  const scratch = mkdtempSync(join(scratchParent(), 'builder-power-cuts-'));
  const [life, image] = [join(scratch, 'life'), join(scratch, 'image')];
  const sweep = new Sweep(wishes);
  let kills = 0;
  try {
    const library = compileShim(scratch);
    for (; !sweep.isOver; kills++) {
      const chance = chanceOf(wishes.seed, 'kill', kills);
      const words = 1 + Math.floor(MOST_WORDS * chance() ** 2);
      const checkpoints = chance() < 0.5 ? ['wal_autocheckpoint = 12'] : [];
      const events = await traceOne(life, library, words, [...checkpoints, ...pragmas]);
      for (let index = 0; index < IMAGES_OF_A_KILL && !sweep.isOver; index++) {
        const cut = CUTS[index % CUTS.length] ?? 'synced';
        // The first of each kind are of the kill itself.
        const length = index < CUTS.length ? events.length : Math.floor(chance() * (events.length + 1));
        const lived = events.slice(0, length);
        saveImage(lived, cut, chance, join(life, 'disk'), image);
        const told = acknowledgedIn(lived);
        const name = `seed ${wishes.seed}, kill ${kills} after ${words} words, ${cut} at event ${length}`;
        sweep.add(name, told.commits, await inspectImage(join(image, 'state'), told));
      }
    }
    return { ...sweep.report(), kills };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
