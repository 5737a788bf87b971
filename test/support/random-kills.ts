/** kill -9 at drawn moments, when the work of several lives has come there. */
import type { Moment } from './random-moments.ts';
import { killHard, type Running } from './run-builder.ts';
import { Told } from './told.ts';

/** What several lives had of the work: who told it, and when it came so far that a moment's time began. */
interface Course {
  readonly told: Told;
  readonly moments: readonly Moment[];
  readonly reachedAtMs: Map<Moment, number>;
}

/** Resolves when the moment has come, or the life has ended by itself. */
function waitForMoment(running: Running, moment: Moment, { told, moments, reachedAtMs }: Course): Promise<void> {
  const { livesFrom } = moment.stretch;
  let livesFromMs: number | null = null;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | null = null;
    const look = (): void => {
      const nowMs = performance.now();
      // Of later moments too: a stack.sh goes on while builders die.
      for (const one of moments)
        if (!reachedAtMs.has(one) && one.stretch.isReached(told, one.share)) reachedAtMs.set(one, nowMs);
      if (livesFrom === 'birth' || (livesFrom === 'run' ? told.isRunning : told.last !== null)) livesFromMs ??= nowMs;
      const sinceMs = reachedAtMs.get(moment);
      if (timer !== null || sinceMs === undefined || livesFromMs === null) return;
      timer = setTimeout(resolve, Math.max(sinceMs + moment.delayMs, livesFromMs + moment.lifeMs) - nowMs);
    };
    running.child.once('close', () => {
      clearTimeout(timer ?? undefined);
      resolve();
    });
    if (running.child.stderr !== null) told.listen(running.child.stderr, look);
    look();
  });
}

/**
 * One life for each moment, killed there; how many were alive when it came, and what all of them printed. With a life
 * that comes to its end before its moment the work is over: it is told of, not counted, and the last one.
 *
 * @throws Error for a life that ends by itself and not well
 */
export async function killAtMoments(
  moments: readonly Moment[],
  start: () => Running,
  say: (text: string) => void,
): Promise<{ readonly kills: number; readonly terminal: string }> {
  const course: Course = { told: new Told(), moments, reachedAtMs: new Map() };
  let kills = 0;
  let terminal = '';
  for (const moment of moments) {
    const bornAtMs = performance.now();
    const running = start();
    await waitForMoment(running, moment, course);
    const ended = await killHard(running);
    terminal += ended.stdout + ended.stderr;
    const isKilled = ended.signal === 'SIGKILL';
    if (!isKilled && ended.code !== 0)
      throw new Error(`a life ended ${ended.code ?? ended.signal} before its kill:\n${ended.stderr}`);
    const seconds = ((performance.now() - bornAtMs) / 1000).toFixed(1);
    const how = isKilled ? 'SIGKILL' : 'the life ended before a SIGKILL';
    say(`${how} ${moment.stretch.name}, ${seconds} s old; last told: ${course.told.last ?? 'nothing'}`);
    if (!isKilled) break;
    kills += 1;
  }
  return { kills, terminal };
}
