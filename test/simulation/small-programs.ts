/** A stack.sh of few words for simulations: what it prints is the business of other tests, that it is run once is theirs. */
import { kindOf } from '../../src/rehearsal/node/job-kinds.ts';
import type { Program, ProgramSource } from '../../src/rehearsal/node/view.ts';

const WELL = { verdict: 'exited', code: 0 } as const;

const PROGRAMS: Readonly<Record<string, Program>> = {
  'run-stack': {
    prints: [
      { afterMs: 0, output: 'Starting Keystone\n' },
      { afterMs: 300_000, output: 'Starting Nova\n' },
      { afterMs: 590_000, output: 'Keystone is serving at http://somewhere/identity/\n' },
    ],
    lastsMs: 600_000,
    ending: WELL,
  },
  'run-stack-completion': {
    prints: [{ afterMs: 0, output: 'stack.sh completed in 600 seconds.\n' }],
    lastsMs: 500,
    ending: WELL,
  },
};

export const smallPrograms: ProgramSource = (id) => PROGRAMS[kindOf(id)] ?? null;
