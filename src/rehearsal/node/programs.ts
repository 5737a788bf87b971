/** The table of programs: what a job does, by the kind that its id names. */
import type { Change, JobStart } from '../world.ts';
import { CERTIFICATE_PROGRAMS } from './certificate-programs.ts';
import { DEPARTURE_PROGRAMS } from './departure-programs.ts';
import { DEVSTACK_PROGRAMS } from './devstack-programs.ts';
import { HOST_KEY_PROGRAMS } from './host-key-programs.ts';
import { kindOf } from './job-kinds.ts';
import { MIGRATION_PROGRAMS } from './migration-programs.ts';
import { OVERLAY_PROGRAMS } from './overlay-programs.ts';
import { PREPARE_PROGRAMS } from './prepare-programs.ts';
import { says } from './program-parts.ts';
import { PROJECT_PROGRAMS } from './project-programs.ts';
import { VERIFY_PROGRAMS } from './verify-programs.ts';
import type { NodeView, Program, ProgramCall, ProgramTable } from './view.ts';

const PROGRAMS: ProgramTable = {
  ...PREPARE_PROGRAMS,
  ...HOST_KEY_PROGRAMS,
  ...OVERLAY_PROGRAMS,
  ...MIGRATION_PROGRAMS,
  ...CERTIFICATE_PROGRAMS,
  ...DEVSTACK_PROGRAMS,
  ...PROJECT_PROGRAMS,
  ...DEPARTURE_PROGRAMS,
  ...VERIFY_PROGRAMS,
};

function ownProgram(script: string, call: ProgramCall): Program {
  const program = PROGRAMS[kindOf(call.id)];
  if (program !== undefined) return program(call);
  return says([`rehearsal: ${Buffer.byteLength(script)} bytes of script, not executed`], 1_000);
}

/** How a job runs that starts now, and what it changes besides. */
export function programFor(
  id: string,
  script: string,
  env: Readonly<Record<string, string>>,
  view: NodeView,
): { readonly start: Omit<JobStart, 'atMs' | 'bootId'>; readonly changes: readonly Change[] } {
  let program: Program | null = null;
  for (const source of view.programs) program ??= source(id, script, env, view);
  program ??= ownProgram(script, { id, env, view });
  const prints = program.prints.map(({ afterMs, output }) => ({
    afterMs,
    base64: (typeof output === 'string' ? Buffer.from(output) : output).toString('base64'),
  }));
  const { lastsMs, ending, stack = null, holdAfterMs: afterMs, changes = [] } = program;
  const hold = afterMs === undefined ? {} : { hold: { afterMs, waitedMs: null } };
  return { start: { prints, stack, lastsMs, ending, ...hold }, changes };
}
