/** What a simulated server's inside may look at, and what a program on it is. */
import type { View } from '../api/route.ts';
import type { Change, JobStart, ServerRow, StackRow } from '../world.ts';

export interface NodeView extends Omit<View, 'url' | 'tokens'> {
  readonly server: ServerRow;
  readonly faults: NodeFaults;
  /** Programs of the caller, asked in order before our own. */
  readonly programs: readonly ProgramSource[];
}

/** What is to go wrong with the command at hand. */
export interface NodeFaults {
  /** stack.sh dies where its sources fill the disk; any other job finds no room to be kept. */
  readonly isDiskFull: boolean;
  /** stack.sh dies in the middle of this milestone (its name or its line), saying these words. */
  readonly stack: { readonly failsAt: string; readonly words?: readonly string[] } | null;
  /** The server reboots in the middle of this milestone. */
  readonly rebootAt: string | null;
}

/** What a script does, settled when it starts. */
export interface Program {
  /** In the order of their times, none after `lastsMs`. */
  readonly prints: readonly { readonly afterMs: number; readonly output: string | Buffer }[];
  readonly lastsMs: number;
  readonly ending: JobStart['ending'];
  /** Where it stops until it is released, on its own time. */
  readonly holdAfterMs?: number;
  /** Instead of prints. */
  readonly stack?: StackRow;
  /** Of files and of the server itself; in force from the start. */
  readonly changes?: readonly Change[];
}

/** What a program may look at when it starts. */
export interface ProgramCall {
  /** The job's. */
  readonly id: string;
  readonly env: Readonly<Record<string, string>>;
  readonly view: NodeView;
}

/** What a script does, by the kind of its job. */
export type ProgramTable = Readonly<Record<string, (call: ProgramCall) => Program>>;

/** null for a job that this source knows nothing of. */
export type ProgramSource = (
  id: string,
  script: string,
  env: Readonly<Record<string, string>>,
  view: NodeView,
) => Program | null;
