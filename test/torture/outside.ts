/** T2: a builder's process is killed at its system calls (reliability.md section 3.2), and the next one must make good. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verb } from '../simulation/judged.ts';
import { tryHistory } from '../simulation/scenarios.ts';
import { Simulation } from '../simulation/simulated-builder.ts';
import { withDriver } from './bundle-driver.ts';
import { casesOf, type Part } from './part.ts';
import { type CallSite, killingAt, logging, readSites, type Traced, trace } from './strace.ts';
import { type KillTrial, tallyKills } from './tally-kills.ts';

/** What writes, syncs, renames or makes. In process there are no sockets; `wire` kills at those. */
const CALLS =
  'write pwrite64 writev fsync fdatasync ftruncate mkdir openat rename renameat renameat2 unlink unlinkat'.split(' ');
const ENVIRONMENT = {
  ...process.env,
  NODE_COMPILE_CACHE: join(import.meta.dirname, '..', '..', '.cache', 'compile'),
  // Counters are per thread: with one for all files, the n-th call is the same one in every run, or nearly so.
  UV_THREADPOOL_SIZE: '1',
};
/** After the death: by less than a settle window, which the next builder has to wait for. */
const LATER_MS = 60_000;

/** A moment, and what is run after it. */
interface Kill {
  /** Path of the program that is killed. */
  readonly driver: string;
  readonly site: CallSite;
  readonly verb: Verb;
  readonly next: Verb;
  /** How long the verb takes when nobody kills it. */
  readonly lastsMs: number;
}

async function drive(
  driver: string,
  options: readonly string[],
  { folder, clock }: Simulation,
  verb: Verb,
): Promise<Traced> {
  const command = [process.execPath, driver, folder, verb, String(clock.now().getTime())];
  const traced = await trace(options, command, { env: ENVIRONMENT });
  if (!traced.isKilled && traced.code !== 0) throw new Error(`${verb} ended ${traced.code}\n${traced.stderr}`);
  return traced;
}

/** A run that nobody kills: what it calls, as moments to kill the next one at, for each of what may come then. */
async function observe(driver: string, verb: Verb, nexts: readonly Verb[]): Promise<readonly Kill[]> {
  const simulation = new Simulation();
  const place = mkdtempSync(join(tmpdir(), 'builder-outside-'));
  const log = join(place, 'log');
  try {
    if (verb === 'destroy') await simulation.create();
    const { stdout } = await drive(driver, logging(CALLS, log), simulation, verb);
    const lastsMs = Number(stdout) - simulation.clock.now().getTime();
    const sites = readSites(readFileSync(log, 'utf8'), simulation.folder);
    return nexts.flatMap((next) => sites.map((site) => ({ driver, site, verb, next, lastsMs })));
  } finally {
    rmSync(place, { recursive: true });
    simulation.dispose();
  }
}

export async function listKills(driver: string): Promise<readonly Kill[]> {
  return [
    ...(await observe(driver, 'create', ['create', 'destroy'])),
    ...(await observe(driver, 'destroy', ['destroy'])),
  ];
}

/** The next builders run in this process: what they know of the dead one is its folder, and the cloud's ledger in it. */
export async function tryKill(kill: Kill): Promise<KillTrial> {
  const { driver, site, verb, next, lastsMs } = kill;
  const history = `${verb} killed at ${site.call} ${site.nth} of ${site.thread} thread, then ${next}`;
  let isKilled = false;
  const trial = await tryHistory(history, {}, async (judged) => {
    const { simulation } = judged;
    if (verb === 'destroy') await judged.finish('create');
    await judged.watch(verb, async () => {
      ({ isKilled } = await drive(driver, killingAt(site), simulation, verb));
      return isKilled ? 'crashed' : 0;
    });
    // Wherever it died: nobody's time runs backwards.
    await simulation.clock.sleep(lastsMs + LATER_MS, new AbortController().signal);
    if (next === 'create') await judged.finish('create');
    await judged.finish('destroy');
  });
  return { ...trial, isKilled };
}

export const runOutside: Part = (wishes) =>
  withDriver((driver) => tallyKills(wishes, async () => casesOf(await listKills(driver), wishes), tryKill));
