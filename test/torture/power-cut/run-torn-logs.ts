/** Torn write-ahead logs: the log of forty commits cut at every 64 bytes and with every sector spoiled, each opened as a state. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedError } from '../../../src/engine/journal.ts';
import { openVault } from '../../../src/host/vault.ts';
import { openState } from '../../../src/journal/open.ts';
import { newCluster, noon, standingClock, toCreate } from '../../unit/journal/temporary-state.ts';
import { CLUSTER_ID, NOTHING, STEPS, secretOf, VAULT_FILE } from './evidence.ts';
import { inspectImage } from './inspect.ts';
import { chanceOf, Sweep, type SweepReport, type SweepWishes, scratchParent } from './sweep.ts';

const COMMITS = 40;
const CUT_BYTES = 64;
const SECTOR_BYTES = 512;
const FAILED: RecordedError = { code: 'server-error', message: 'again', details: {}, causes: [] };

interface Written {
  readonly database: Buffer;
  readonly log: Buffer;
  /** Length of the log before the first commit that counts, and after each. */
  readonly ends: readonly number[];
}

interface Image {
  readonly name: string;
  /** Made when its turn comes: all of them together are gigabytes. */
  readonly log: () => Buffer;
  /** Bytes from the log's start that are as they were written. */
  readonly wholeBytes: number;
}

/** A state whose cluster is in the database file, and forty commits of one step that are in the log only. */
async function writeLog(folder: string): Promise<Written> {
  const first = await openState(folder, toCreate, { clock: standingClock });
  await first.createCluster(newCluster(STEPS));
  // The last connection's close brings everything into the database file.
  first.close();
  const state = await openState(folder, toCreate, { clock: standingClock });
  const { journal } = await state.startRun(CLUSTER_ID, 'create', []);
  const [file, logFile] = [join(folder, 'state.db'), join(folder, 'state.db-wal')];
  const id = journal.listSteps()[0]?.id ?? 0;
  const ends = [statSync(logFile).size];
  for (let index = 0; index < COMMITS / 2; index++) {
    const attempt = await journal.openAttempt(id, `nonce ${index}`, noon);
    ends.push(statSync(logFile).size);
    await journal.recordFailed(attempt.id, FAILED, false);
    ends.push(statSync(logFile).size);
  }
  const written = { database: readFileSync(file), log: readFileSync(logFile), ends };
  state.close();
  return written;
}

/** How a sector can be that was being written when the power went. */
const SPOILS = ['zero', 'noise', 'half'] as const;

function spoilSector(log: Buffer, at: number, spoil: (typeof SPOILS)[number], seed: number): Buffer {
  const spoiled = Buffer.from(log);
  const sector = spoiled.subarray(at, at + SECTOR_BYTES);
  const chance = chanceOf(seed, 'noise', at);
  if (spoil === 'zero') sector.fill(0);
  else if (spoil === 'half') sector.fill(0, Math.floor(sector.length / 2));
  else for (let index = 0; index < sector.length; index += 32) sector[index] = Math.floor(256 * chance());
  return spoiled;
}

function* listImages(log: Buffer, seed: number): Generator<Image> {
  for (let length = 0; length <= log.length; length += CUT_BYTES) {
    yield { name: `the log cut at ${length}`, log: () => log.subarray(0, length), wholeBytes: length };
  }
  for (const spoil of SPOILS) {
    for (let at = 0; at < log.length; at += SECTOR_BYTES) {
      const spoiled = (): Buffer => spoilSector(log, at, spoil, seed);
      yield { name: `sector ${at / SECTOR_BYTES}: ${spoil}`, log: spoiled, wholeBytes: at };
    }
  }
}

/** In an order that the seed decides, so that a short sweep sees all parts of the log. */
function shuffle<Item>(items: Item[], seed: number): readonly Item[] {
  const chance = chanceOf(seed, 'order');
  const keys = new Map(items.map((item) => [item, chance()]));
  return items.sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
}

/** Ends with the last image where the wish is for more than there are. */
export async function runTornLogs(wishes: SweepWishes): Promise<SweepReport> {
  const scratch = mkdtempSync(join(scratchParent(), 'builder-torn-logs-'));
  const folder = join(scratch, 'image');
  const sweep = new Sweep(wishes);
  try {
    const { database, log, ends } = await writeLog(join(scratch, 'state'));
    const vault = await openVault(join(folder, VAULT_FILE), CLUSTER_ID, false);
    await vault.ensure('secret-0', () => secretOf(0));
    for (const image of shuffle([...listImages(log, wishes.seed)], wishes.seed)) {
      if (sweep.isOver) break;
      rmSync(join(folder, 'state.db-shm'), { force: true });
      writeFileSync(join(folder, 'state.db'), database);
      writeFileSync(join(folder, 'state.db-wal'), image.log());
      const commits = Math.max(0, ends.filter((end) => end <= image.wholeBytes).length - 1);
      const told = { ...NOTHING, isSaved: true, secrets: 1, commits };
      sweep.add(image.name, commits, await inspectImage(folder, told));
    }
    return sweep.report();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
