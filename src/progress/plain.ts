/** The renderer for pipes and CI: one line per event. */
import type { RunEvent } from '../engine/events.ts';
import type { Clock } from '../host/clock.ts';
import { describeEvent } from './event-text.ts';
import { paint } from './paint.ts';
import type { Renderer, StreamFacts, Write } from './renderer.ts';

function timeOfDay(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Lines read `HH:MM:SS node  step title … done (12 s)`, local time. Progress that repeats itself is shown once. */
export function openPlainRenderer(facts: StreamFacts, write: Write, clock: Clock): Renderer {
  const lastProgress = new Map<string, string>();
  let width = 0;
  const repeats = (event: RunEvent): boolean => {
    if (event.type !== 'step-progress') return false;
    const isSame = lastProgress.get(event.step.key) === event.text;
    lastProgress.set(event.step.key, event.text);
    return isSame;
  };
  return {
    emit(event) {
      if (repeats(event)) return;
      const { subject, text, tone } = describeEvent(event);
      width = Math.max(width, subject.length);
      write(`${timeOfDay(clock.now())} ${subject.padEnd(width)}  ${paint(text, tone, facts.color)}\n`);
    },
    close: () => undefined,
  };
}
