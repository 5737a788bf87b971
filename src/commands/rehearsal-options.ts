/** Options of a rehearsal: its pace, its seed, and what goes wrong in it. */
import type { Argv } from 'yargs';
import { z } from 'zod';
import type { RehearsalWishes } from './command.ts';

/** For verbs that reach a cloud, which may be a rehearsed one. */
export function addRehearsalOptions(y: Argv): Argv {
  return y
    .option('rehearsal-speed', {
      type: 'number',
      requiresArg: true,
      describe: 'with --cloud rehearsal: modelled seconds per second [150]',
    })
    .option('rehearsal-faults', {
      type: 'string',
      requiresArg: true,
      describe: 'file of what goes wrong; examples: layouts/rehearsal/*.yaml',
    })
    .option('rehearsal-seed', {
      type: 'number',
      requiresArg: true,
      describe: 'decides durations, and without a file what goes wrong [a calm day]',
    });
}

/** What the options hold; part of the schema of all shared options. */
export const rehearsalFields = {
  rehearsalSpeed: z.number().min(1).max(10_000).optional(),
  rehearsalSeed: z.number().int().min(0).optional(),
  rehearsalFaults: z.string().min(1).optional(),
};

const fields = z.object(rehearsalFields);

export interface RehearsalValues extends z.infer<typeof fields> {
  /** Absolute path; the rehearsed world is kept in it. */
  readonly stateFolder: string;
}

/** The rehearsal cloud that the options ask for. */
export function rehearsalOf(values: RehearsalValues): RehearsalWishes {
  return {
    folder: values.stateFolder,
    speed: values.rehearsalSpeed ?? null,
    seed: values.rehearsalSeed ?? null,
    faultsFile: values.rehearsalFaults ?? null,
  };
}
