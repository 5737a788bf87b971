/** The command contract: what every verb exports, and the world it is given. */
import type { Argv } from 'yargs';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';

/** Data goes to stdout; everything a person reads along the way goes to stderr. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  readonly isTty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Size of the terminal behind stderr, as it is now. */
  readonly columns: number;
  readonly rows: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts when the user or the system wants the builder to stop. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
}

/** A verb. Its module is loaded for help, so heavy imports stand inside `run`. */
export interface Command {
  readonly name: string;
  /** As yargs reads it, like `status [cluster]`. */
  readonly usage: string;
  readonly summary: string;
  options(y: Argv): Argv;
  /** Resolves with the exit code; throws `BuilderError`. */
  run(args: Record<string, unknown>, io: Io): Promise<number>;
}
