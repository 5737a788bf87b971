/** How much of what a service is asked may be asked again, and when it is left in peace (reliability.md section 2.6). */

/** Of the calls of a minute, those that may be repeats. */
const RETRY_SHARE = 0.2;
const WINDOW_MS = 60_000;
/**
 * So many a minute are always allowed. One look at the cloud asks a service three times at once, each up to four times more: in a
 * small cluster a hiccup of seconds makes a dozen repeats of three calls, which is a large share and no storm.
 */
const LEAST_RETRIES = 20;
const OPEN_MS = 30_000;

/** Leave to send one request; `end` says what came of it. */
export interface Pass {
  /** `lost`: nobody knows, because the request was called off. */
  end(answer: 'good' | 'bad' | 'lost'): void;
}

/** Why a circuit opened, and how long nothing is sent. */
export interface Opened {
  readonly retries: number;
  readonly calls: number;
  readonly waitMs: number;
}

interface Open {
  /** When one request may find out whether the service is back. */
  untilMs: number;
  /** It is on its way; resolves when it has ended. */
  probe: PromiseWithResolvers<void> | null;
}

/**
 * The circuit to one service. Closed, it counts. Too many retries open it: nothing is sent for 30 s, then one request alone, whose
 * good answer closes it and whose bad one keeps it open as long again.
 */
export class Circuit {
  private readonly nowMs: () => number;
  private readonly onOpen: (why: Opened) => void;
  /** Of the last minute, the oldest first. */
  private sent: { readonly atMs: number; readonly isRetry: boolean }[] = [];
  private open: Open | null = null;

  /** `nowMs` is monotonic. */
  constructor(nowMs: () => number, onOpen: (why: Opened) => void) {
    this.nowMs = nowMs;
    this.onOpen = onOpen;
  }

  /** What a request has to wait for before it asks again for leave: a time, the end of another one, or nothing (null). */
  blockage(): { readonly waitMs: number } | { readonly ended: Promise<void> } | null {
    if (this.open === null) return null;
    if (this.open.probe !== null) return { ended: this.open.probe.promise };
    const waitMs = this.open.untilMs - this.nowMs();
    return waitMs > 0 ? { waitMs } : null;
  }

  /** null where nothing may be sent now; a retry that is one too many opens the circuit. */
  enter(isRetry: boolean): Pass | null {
    const { open } = this;
    if (open !== null) return this.blockage() === null ? this.enterProbe(open) : null;
    const nowMs = this.nowMs();
    this.sent = this.sent.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    const calls = this.sent.length + 1;
    const retries = this.sent.filter((call) => call.isRetry).length + 1;
    if (isRetry && retries > Math.max(LEAST_RETRIES, calls * RETRY_SHARE)) {
      this.open = { untilMs: nowMs + OPEN_MS, probe: null };
      this.onOpen({ retries: retries - 1, calls: calls - 1, waitMs: OPEN_MS });
      return null;
    }
    this.sent.push({ atMs: nowMs, isRetry });
    return { end: () => undefined };
  }

  private enterProbe(open: Open): Pass {
    const probe = Promise.withResolvers<void>();
    open.probe = probe;
    return {
      end: (answer) => {
        open.probe = null;
        if (answer === 'bad') open.untilMs = this.nowMs() + OPEN_MS;
        if (answer === 'good') {
          this.open = null;
          // What led to this is over: counted again, the first hiccup would open it anew.
          this.sent = [];
        }
        probe.resolve();
      },
    };
  }
}
