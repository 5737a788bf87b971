/** Told after this machine slept: for how long, and to how many remote jobs the run holds on. */
import type { EmitEvent, RunEvent } from '../engine/events.ts';
import type { Clock } from '../host/clock.ts';
import { watchSleep } from '../host/watch-sleep.ts';
import { STEP_KINDS } from '../steps/index.ts';

function roughly(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

export interface SleepTeller {
  /** Follows which jobs run. */
  note(event: RunEvent): void;
  stop(): Promise<void>;
}

/** Connections that died meanwhile are noticed by their keepalive and made anew, tokens by a 401: only people are to be told. */
export function tellSleep(clock: Clock, emit: EmitEvent): SleepTeller {
  const running = new Set<string>();
  const over = new AbortController();
  const watch = watchSleep(clock, over.signal, (sleptMs) => {
    const jobs = `${running.size} ${running.size === 1 ? 'job' : 'jobs'}`;
    const what = running.size === 0 ? 'going on' : `re-attaching to ${jobs}`;
    emit({ type: 'notice', level: 'info', text: `woke after ${roughly(sleptMs)}: ${what}` });
  });
  // What it dies of is thrown by `stop`.
  watch.catch(() => undefined);
  return {
    note(event) {
      if (!('step' in event) || event.type === 'step-progress' || event.type === 'step-told') return;
      const isJob = STEP_KINDS.get(event.step.kind)?.jobId !== undefined;
      if (event.type === 'step-started' && isJob) running.add(event.step.key);
      else running.delete(event.step.key);
    },
    async stop() {
      over.abort(new Error('the run is over'));
      await watch;
    },
  };
}
