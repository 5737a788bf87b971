/** The real parts a journey works with, joined by main.ts. */
import type { Cloud, CloudScope } from '../cloud/cloud.ts';
import type { EmitEvent } from '../engine/events.ts';
import type { Clock } from '../host/clock.ts';
import type { KeyPair } from '../host/key-pair.ts';
import type { Random } from '../host/random.ts';
import type { Remote } from '../remote/remote.ts';

/** A cloud we are logged in to, and what else the way to it needs. */
export interface Connected {
  readonly cloud: Cloud;
  readonly scope: CloudScope;
  /** Its name in clouds.yaml, or of a cloud of our own; null when the OS_* variables alone decide. */
  readonly name: string | null;
  /** HTTP proxy through which alone its servers are reached; null where they need none. */
  readonly sshProxy: string | null;
  /** Variables for git that is started meanwhile. */
  readonly gitEnvironment: Readonly<Record<string, string>>;
}

export interface Parts {
  /** Folder of the state. */
  readonly state: string;
  /** The command line, for the record; no option holds a secret. */
  readonly argv: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly emit: EmitEvent;
  /**
   * Reads the credentials, authenticates; says which file won. `remembered` is the cloud a cluster was created in, for a
   * command line that names none; null for none.
   */
  connect(remembered: string | null): Promise<Connected>;
  /** `proxy`: of the cloud; one that the user named goes before it. `connections`: how many may be open at once. */
  openRemote(proxy: string | null, connections?: number): Remote;
  /** The HTTP proxy that leads to the nodes, for the ssh of people: without its password. */
  readonly sshProxy: string | null;
  readonly keys: { make(comment: string): KeyPair; publicOf(privateKey: string): string };
  /** Files and sockets we may have open at once; null for any number. */
  readonly fileLimit: number | null;
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
}
