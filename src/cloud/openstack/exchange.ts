/** Requests repeated where that is safe: waits, back-off and limits around single exchanges (reliability.md sections 2.3, 2.6). */
import { BuilderError } from '../../errors.ts';
import type { Clock } from '../../host/clock.ts';
import type { Random } from '../../host/random.ts';
import { classifyLoss, classifyReply, type Verdict } from './errors.ts';
import { Http, type HttpReply, type HttpRequest, LostAnswer } from './http.ts';
import { Limiter } from './limiter.ts';

const MOST_TRIES = 5;
const LONGEST_MS = 120_000;
const BASE_MS = 500;
const CAP_MS = 60_000;

/** Full jitter: any time up to an exponentially growing bound. */
function backoffMs(tries: number, random: Pick<Random, 'fraction'>): number {
  return random.fraction() * Math.min(CAP_MS, BASE_MS * 2 ** (tries - 1));
}

function afterTries(error: BuilderError, tries: number): BuilderError {
  if (tries === 1) return error;
  return new BuilderError(error.code, `${error.message}, ${tries} tries`, { ...error, cause: error.cause });
}

/** One client's way to all services. */
export class Exchange {
  private readonly http: Http;
  private readonly clock: Clock;
  private readonly random: Pick<Random, 'fraction'>;
  /** By origin: one slow service does not hold up the others. */
  private readonly reads = new Map<string, Limiter>();
  private readonly writes = new Limiter(20, 20);

  constructor(http: Http, clock: Clock, random: Pick<Random, 'fraction'>) {
    this.http = http;
    this.clock = clock;
    this.random = random;
  }

  /**
   * The reply to `prepare()`'s request if it is 2xx, or if `accepts` says so. What had no effect, and reads, are tried up to five
   * times within two minutes; a Retry-After is waited for. Throws what errors.ts makes of everything else, and the signal's
   * reason. `prepare` is asked anew for each try, because the token may have changed.
   */
  async send(
    prepare: () => HttpRequest,
    accepts: (status: number) => boolean,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const startMs = this.clock.monotonicMs();
    for (let tries = 1; ; tries += 1) {
      const request = prepare();
      const limiter = request.isWrite ? this.writes : this.limiterOf(request.url);
      // Each try follows from the one before.
      const outcome = await limiter.run(signal, () => this.tryOnce(request, signal));
      if ('status' in outcome && ((outcome.status >= 200 && outcome.status < 300) || accepts(outcome.status))) {
        limiter.reward();
        return outcome;
      }
      const verdict = 'status' in outcome ? classifyReply(request, outcome) : outcome;
      if (verdict.isOverload) limiter.punish();
      if (!verdict.isRepeatable || tries >= MOST_TRIES) throw afterTries(verdict.error, tries);
      const waitMs = verdict.waitMs ?? backoffMs(tries, this.random);
      const isLate = this.clock.monotonicMs() - startMs + waitMs > LONGEST_MS;
      if (isLate && verdict.waitMs === null) throw afterTries(verdict.error, tries);
      await this.clock.sleep(waitMs, signal);
    }
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async tryOnce(request: HttpRequest, signal: AbortSignal): Promise<HttpReply | Verdict> {
    try {
      return await this.http.exchange(request, signal);
    } catch (error) {
      if (error instanceof LostAnswer) return classifyLoss(request, error);
      throw error;
    }
  }

  private limiterOf(url: string): Limiter {
    const { origin } = new URL(url);
    const known = this.reads.get(origin) ?? new Limiter(4, 16);
    this.reads.set(origin, known);
    return known;
  }
}
