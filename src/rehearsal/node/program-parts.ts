/** The pieces programs are made of: what is said when, how long it takes, how it ends. */
import { spread } from '../chance.ts';
import type { Change } from '../world.ts';
import type { Program, ProgramCall } from './view.ts';

/** Milliseconds between two limits; the same for the same job of the same server. */
export function lasting({ id, view }: ProgramCall, fromMs: number, toMs: number): number {
  return Math.round(fromMs + (toMs - fromMs) * spread(view.settings.seed, 'program', view.server.name, id));
}

/** Says its lines at even steps, and ends well. */
export function says(lines: readonly string[], lastsMs: number, changes: readonly Change[] = []): Program {
  const prints = lines.map((line, index) => ({
    afterMs: Math.round((lastsMs * (index + 1)) / lines.length),
    output: `${line}\n`,
  }));
  return { prints, lastsMs, ending: { verdict: 'exited', code: 0 }, changes };
}

/** Ends with this code after saying why. */
export function fails(code: number, lines: readonly string[], lastsMs = 100): Program {
  return { ...says(lines, lastsMs), ending: { verdict: 'exited', code } };
}

/** How dash names the line of a job's script that failed. */
export function shellError({ id }: ProgramCall, line: number, text: string): string {
  return `/var/lib/builder/jobs/${id}/script: ${line}: ${text}`;
}
