/** T2 on the real thing: `./builder` with `--cloud rehearsal` is killed where it speaks to sockets, which no simulation has. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Judged, type Verb } from '../simulation/judged.ts';
import { tryHistory } from '../simulation/scenarios.ts';
import type { Outcome } from '../simulation/simulated-builder.ts';
import { runBuilder } from '../support/run-builder.ts';
import { NO_CLOUD } from '../wire/rehearse.ts';
import { casesOf, type Part, type PartWishes } from './part.ts';
import { type CallSite, killingAt, logging, readSites, type Traced, trace } from './strace.ts';
import { type KillTrial, tallyKills } from './tally-kills.ts';

const SOCKET_CALLS = ['connect', 'sendto', 'sendmsg', 'writev'];
const BUILDER = join(import.meta.dirname, '..', '..', 'builder');

interface Kill {
  readonly site: CallSite;
  readonly verb: Verb;
}

/** The rehearsal shows at once what was made: a lost create need not be waited for. */
function commandOf(verb: Verb): readonly string[] {
  const cloud = ['sim', '--cloud', 'rehearsal', '--rehearsal-speed', '3000'];
  return verb === 'create' ? [verb, ...cloud, '--settle', '2'] : [verb, ...cloud];
}

async function run(verb: Verb, state: string): Promise<Outcome> {
  const { code, stderr } = await runBuilder(commandOf(verb), { state, environment: NO_CLOUD });
  if (code !== 0) process.stderr.write(stderr);
  return code ?? 'crashed';
}

function runUnder(options: readonly string[], verb: Verb, state: string): Promise<Traced> {
  const env = { ...process.env, ...NO_CLOUD, BUILDER_STATE: state };
  return trace(options, [BUILDER, ...commandOf(verb)], { env });
}

/** Every moment of a run that nobody kills. */
async function listKills(): Promise<readonly Kill[]> {
  const judged = Judged.begin({ beganMs: Date.now() });
  const { folder } = judged.simulation;
  const place = mkdtempSync(join(tmpdir(), 'builder-wire-'));
  const log = join(place, 'log');
  try {
    const kills: Kill[] = [];
    for (const verb of ['create', 'destroy'] as const) {
      await runUnder(logging(['write', ...SOCKET_CALLS], log), verb, folder);
      kills.push(...readSites(readFileSync(log, 'utf8'), folder).map((site) => ({ site, verb })));
    }
    return kills;
  } finally {
    rmSync(place, { recursive: true });
    judged.simulation.dispose();
  }
}

async function finish(judged: Judged, verb: Verb): Promise<void> {
  const { folder } = judged.simulation;
  const outcome = await judged.watch(verb, () => run(verb, folder));
  if (outcome !== 'done') judged.findings.leaks.push(`${verb} ended ${outcome}`);
}

async function tryKill({ site, verb }: Kill): Promise<KillTrial> {
  let isKilled = false;
  const history = `./builder ${verb} killed at ${site.call} ${site.nth} of ${site.thread} thread`;
  const trial = await tryHistory(history, { beganMs: Date.now() }, async (judged) => {
    const { folder } = judged.simulation;
    if (verb === 'destroy') await finish(judged, 'create');
    await judged.watch(verb, async () => {
      const traced = await runUnder(killingAt(site), verb, folder);
      isKilled = traced.isKilled;
      return traced.code ?? 'crashed';
    });
    if (verb === 'create') await finish(judged, 'create');
    await finish(judged, 'destroy');
  });
  return { ...trial, isKilled };
}

/** Writes are a hundred times as many as the rest: they take turns. */
function inTurns(kills: readonly Kill[], wishes: PartWishes): readonly Kill[] {
  const sockets = casesOf(kills, wishes).filter(({ site }) => SOCKET_CALLS.includes(site.call));
  const writes = casesOf(kills, wishes).filter(({ site }) => site.call === 'write');
  return writes.flatMap((write, index) => {
    const socket = sockets[index];
    return socket === undefined ? [write] : [socket, write];
  });
}

export const runWire: Part = (wishes) => tallyKills(wishes, async () => inTurns(await listKills(), wishes), tryKill);
