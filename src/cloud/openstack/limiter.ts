/** How many requests are in flight at once: grows while all is well, halves when a service is overburdened (reliability.md 2.6). */

/** Slots for one kind of request. The limit grows by one for each limit's worth of good answers. */
export class Limiter {
  private readonly least: number;
  private readonly most: number;
  private limit: number;
  private credit = 0;
  private inFlight = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(least: number, most: number) {
    this.least = least;
    this.most = most;
    this.limit = least;
  }

  /** Runs `work` when a slot is free. Throws the signal's reason if it aborts first; then `work` was never begun. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.inFlight -= 1;
      this.admit();
    }
  }

  /** A good answer came. */
  reward(): void {
    this.credit += 1;
    if (this.credit < this.limit) return;
    this.credit = 0;
    this.limit = Math.min(this.most, this.limit + 1);
    this.admit();
  }

  /** The service said or showed that it is overburdened. */
  punish(): void {
    this.credit = 0;
    this.limit = Math.max(this.least, Math.floor(this.limit / 2));
  }

  private enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const start = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(start);
      this.admit();
    });
  }

  private admit(): void {
    while (this.inFlight < this.limit) {
      const start = this.waiting.shift();
      if (start === undefined) return;
      this.inFlight += 1;
      start();
    }
  }
}
