/** The command contract: what every verb exports, and the world it is given. */
import type { Argv } from 'yargs';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';

/** A rehearsal cloud as the command line asks for it; null for what the options leave open. */
export interface RehearsalWishes {
  /** Folder of the state; the ledger is kept in it. */
  readonly folder: string;
  readonly speed: number | null;
  readonly seed: number | null;
  readonly faultsFile: string | null;
}

/** A rehearsal cloud that is being served, and how it is reached. */
export interface RehearsalAccess {
  /** The API; and an HTTP proxy, through which alone its servers are reached. */
  readonly url: string;
  readonly credentials: Readonly<Record<string, string>>;
  /** For git that is started meanwhile: its refs are rehearsed too. */
  readonly gitEnvironment: Readonly<Record<string, string>>;
}

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
  /** Serves a rehearsal cloud until the process ends. Throws what is wrong with the wishes. */
  rehearse(wishes: RehearsalWishes): Promise<RehearsalAccess>;
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
