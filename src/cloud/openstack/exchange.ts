/** Requests repeated where that is safe: waits, back-off and limits around single exchanges (reliability.md sections 2.3, 2.6). */
import { BuilderError } from '../../errors.ts';
import type { Clock } from '../../host/clock.ts';
import type { Random } from '../../host/random.ts';
import { Circuit, type CircuitChange } from './circuit.ts';
import { classifyLoss, classifyReply, type Verdict } from './errors.ts';
import { Http, type HttpReply, type HttpRequest, LostAnswer } from './http.ts';
import { Limiter } from './limiter.ts';
import { waitFor } from './wait-for.ts';

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

/** Where a service lives: services of one address are told apart by the first word of their paths, as DevStack has them. */
function nameOfService(url: string): string {
  const { origin, pathname } = new URL(url);
  const [, word = ''] = pathname.split('/');
  return word === '' || /^v\d/.test(word) ? origin : `${origin}/${word}`;
}

/** What came of one try; without a verdict all is well. */
type Tried =
  | { readonly reply: HttpReply; readonly verdict: null }
  | { readonly reply: HttpReply | null; readonly verdict: Verdict };

/** Whether an answer shows that the service works: a refusal does, too. */
function isGood({ reply, verdict }: Tried): boolean {
  return verdict === null || (reply !== null && reply.status < 500 && !verdict.isRepeatable);
}

/** Of a request that was never sent. */
function leftInPeace({ method, url }: HttpRequest): BuilderError {
  const text = `${nameOfService(url)} has failed too often and is being left in peace`;
  return new BuilderError('unreachable', text, { at: `${method} ${url}`, fix: 'run the same command again later' });
}

function tellOf(service: string, say: (text: string) => void): (change: CircuitChange) => void {
  return (change) => {
    if (change.type === 'closed') return say(`${service} answers again, after ${Math.round(change.openMs / 1000)} s`);
    const { waitMs, retries, calls } = change;
    const why = `${retries} of the last ${calls} requests to it had to be repeated within a minute`;
    say(`waiting ${waitMs / 1000} s before ${service} is asked again: ${why}`);
  };
}

interface Service {
  readonly reads: Limiter;
  readonly circuit: Circuit;
}

interface ExchangeParts {
  readonly clock: Clock;
  readonly random: Pick<Random, 'fraction'>;
  /** Tells people why nothing is asked for a while. */
  say?(text: string): void;
}

/** One client's way to all services. */
export class Exchange {
  private readonly http: Http;
  private readonly parts: ExchangeParts;
  /** One slow or broken service does not hold up the others. */
  private readonly services = new Map<string, Service>();
  private readonly writes = new Limiter(20, 20);

  constructor(http: Http, parts: ExchangeParts) {
    this.http = http;
    this.parts = parts;
  }

  /**
   * The reply to `prepare()`'s request if it is 2xx, or if `accepts` says so. What had no effect, and reads, are tried up to five
   * times within two minutes; a Retry-After is waited for. A service that fails too often is asked by one request every 30 s, and
   * the others wait for that, two minutes at most. Throws what errors.ts makes of everything else, and the signal's reason.
   * `prepare` is asked anew for each try, because the token may have changed.
   */
  async send(
    prepare: () => HttpRequest,
    accepts: (status: number) => boolean,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const { clock, random } = this.parts;
    const startMs = clock.monotonicMs();
    let failure: BuilderError | null = null;
    for (let tries = 1; ; ) {
      const request = prepare();
      const { reads, circuit } = this.serviceAt(request.url);
      // Each try follows from the one before.
      await this.awaitLeave(circuit, request, startMs, failure, signal);
      const limiter = request.isWrite ? this.writes : reads;
      const outcome = await limiter.run(signal, () => this.tryOnce(circuit, tries > 1, request, accepts, signal));
      if (outcome === null) continue;
      const { reply, verdict } = outcome;
      if (verdict === null) {
        limiter.reward();
        return reply;
      }
      if (verdict.isOverload) limiter.punish();
      failure = afterTries(verdict.error, tries);
      if (!verdict.isRepeatable || tries >= MOST_TRIES) throw failure;
      const waitMs = verdict.waitMs ?? backoffMs(tries, random);
      const isLate = clock.monotonicMs() - startMs + waitMs > LONGEST_MS;
      if (isLate && verdict.waitMs === null) throw failure;
      await clock.sleep(waitMs, signal);
      tries += 1;
    }
  }

  close(): Promise<void> {
    return this.http.close();
  }

  /** Throws the last failure, or `unreachable`, when that takes too long. */
  private async awaitLeave(
    circuit: Circuit,
    request: HttpRequest,
    startMs: number,
    failure: BuilderError | null,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.parts;
    for (let blockage = circuit.blockage(); blockage !== null; blockage = circuit.blockage()) {
      const leftMs = LONGEST_MS - (clock.monotonicMs() - startMs);
      if (leftMs <= 0) throw failure ?? leftInPeace(request);
      if ('ended' in blockage) await waitFor(blockage.ended, signal);
      else await clock.sleep(Math.min(leftMs, blockage.waitMs), signal);
    }
  }

  /** null where nothing may be sent now, which is known only when there is a slot. */
  private async tryOnce(
    circuit: Circuit,
    isRetry: boolean,
    request: HttpRequest,
    accepts: (status: number) => boolean,
    signal: AbortSignal,
  ): Promise<Tried | null> {
    const pass = circuit.enter(isRetry);
    if (pass === null) return null;
    try {
      const tried = await this.exchange(request, accepts, signal);
      pass.end(isGood(tried) ? 'good' : 'bad');
      return tried;
    } catch (error) {
      pass.end('lost');
      throw error;
    }
  }

  private async exchange(
    request: HttpRequest,
    accepts: (status: number) => boolean,
    signal: AbortSignal,
  ): Promise<Tried> {
    try {
      const reply = await this.http.exchange(request, signal);
      const isFine = (reply.status >= 200 && reply.status < 300) || accepts(reply.status);
      return isFine ? { reply, verdict: null } : { reply, verdict: classifyReply(request, reply) };
    } catch (error) {
      if (error instanceof LostAnswer) return { reply: null, verdict: classifyLoss(request, error) };
      throw error;
    }
  }

  private serviceAt(url: string): Service {
    const name = nameOfService(url);
    const { clock, say = () => undefined } = this.parts;
    const known = this.services.get(name) ?? {
      reads: new Limiter(4, 16),
      circuit: new Circuit(() => clock.monotonicMs(), tellOf(name, say)),
    };
    this.services.set(name, known);
    return known;
  }
}
