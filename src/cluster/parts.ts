/** The real parts a journey works with, joined by main.ts. */
import type { Cloud, CloudScope } from '../cloud/cloud.ts';
import type { EmitEvent } from '../engine/events.ts';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import type { KeyPair } from '../remote/key-pair.ts';
import type { Remote } from '../remote/remote.ts';

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
  /** Reads the credentials, authenticates; says which file won. */
  connect(): Promise<{ readonly cloud: Cloud; readonly scope: CloudScope }>;
  openRemote(): Remote;
  /** The HTTP proxy that leads to the nodes, for the ssh of people: without its password. */
  readonly sshProxy: string | null;
  readonly keys: { make(comment: string): KeyPair; publicOf(privateKey: string): string };
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
}
