/** The renderer for programs: one JSON object per line. */
import type { Clock } from '../host/clock.ts';
import type { Renderer, Write } from './renderer.ts';

/** Each line is the event with `time`, UTC, put first. */
export function openJsonRenderer(write: Write, clock: Clock): Renderer {
  return {
    emit: (event) => write(`${JSON.stringify({ time: clock.now().toISOString(), ...event })}\n`),
    close: () => undefined,
  };
}
