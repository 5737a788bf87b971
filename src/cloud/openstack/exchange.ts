/** Requests repeated where that is safe: waits, back-off and limits around single exchanges (reliability.md sections 2.3, 2.6). */
import { BuilderError } from '../../errors.ts';
import type { Clock } from '../../host/clock.ts';
import type { Random } from '../../host/random.ts';
import { Circuit } from './circuit.ts';
import { classifyLoss, classifyReply, type Verdict } from './errors.ts';
import { Http, type HttpReply, type HttpRequest, LostAnswer } from './http.ts';
import { Limiter } from './limiter.ts';
import { waitFor } from './wait-for.ts';
import type { Waits } from './waits.ts';

const MOST_TRIES = 5;
const LONGEST_MS = 120_000;
const BASE_MS = 500;
const CAP_MS = 60_000;

/** Full jitter: any time up to an exponentially growing bound. */
function backoffMs(tries: number, random: Pick<Random, 'fraction'>): number {
  return random.fraction() * Math.min(CAP_MS, BASE_MS * 2 ** (tries - 1));
}

/** `isFinal`: nobody need try again, for it was waited for long enough. */
function afterTries(error: BuilderError, tries: number, isFinal: boolean): BuilderError {
  if (tries === 1 && !isFinal) return error;
  const text = tries === 1 ? error.message : `${error.message}, ${tries} tries`;
  const facts = { ...error, ...(isFinal && { disposition: 'terminal' as const }), cause: error.cause };
  return new BuilderError(error.code, text, facts);
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
function leftInPeace({ method, url }: HttpRequest, name: string): BuilderError {
  const text = `${name} has failed too often and is being left in peace`;
  return new BuilderError('unreachable', text, { at: `${method} ${url}`, fix: 'run the same command again later' });
}

interface Service {
  readonly reads: Limiter;
  readonly circuit: Circuit;
}

interface ExchangeParts {
  readonly clock: Clock;
  readonly random: Pick<Random, 'fraction'>;
  readonly waits: Waits;
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
   * the others wait for that. A service that is down is waited for as long as `patienceMs` says, where that is more than two
   * minutes; then nobody need try again. Throws what errors.ts makes of everything else, and the signal's reason. `prepare` is
   * asked anew for each try, because the token may have changed.
   */
  async send(
    prepare: () => HttpRequest,
    accepts: (status: number) => boolean,
    signal: AbortSignal,
    patienceMs = 0,
  ): Promise<HttpReply> {
    const { clock, random, waits } = this.parts;
    const startMs = clock.monotonicMs();
    const passedMs = (): number => clock.monotonicMs() - startMs;
    let failure: BuilderError | null = null;
    for (let tries = 1; ; ) {
      const request = prepare();
      const { reads, circuit } = this.serviceAt(request.url);
      // Each try follows from the one before.
      if (!(await this.awaitLeave(circuit, () => Math.max(LONGEST_MS, patienceMs) - passedMs(), signal)))
        throw failure ?? afterTries(leftInPeace(request, waits.nameOf(request.url)), 1, patienceMs > 0);
      const limiter = request.isWrite ? this.writes : reads;
      const outcome = await limiter.run(signal, () => this.tryOnce(circuit, tries > 1, request, accepts, signal));
      if (outcome === null) continue;
      const { reply, verdict } = outcome;
      if (verdict === null) {
        limiter.reward();
        waits.answered(request.url);
        return reply;
      }
      if (verdict.isOverload) limiter.punish();
      const waitMs = verdict.waitMs ?? backoffMs(tries, random);
      const isAway = verdict.error.code === 'unreachable';
      const isPatient = isAway && passedMs() + waitMs <= patienceMs;
      const isLate = tries >= MOST_TRIES || (passedMs() + waitMs > LONGEST_MS && verdict.waitMs === null);
      failure = afterTries(verdict.error, tries, isAway && patienceMs > 0);
      if (!verdict.isRepeatable || (isLate && !isPatient)) throw failure;
      waits.begin(request.url, waitMs, isAway);
      await clock.sleep(waitMs, signal);
      tries += 1;
    }
  }

  close(): Promise<void> {
    return this.http.close();
  }

  /** False when that takes longer than is left. */
  private async awaitLeave(circuit: Circuit, leftMs: () => number, signal: AbortSignal): Promise<boolean> {
    for (let blockage = circuit.blockage(); blockage !== null; blockage = circuit.blockage()) {
      if (leftMs() <= 0) return false;
      if ('ended' in blockage) await waitFor(blockage.ended, signal);
      else await this.parts.clock.sleep(Math.min(leftMs(), blockage.waitMs), signal);
    }
    return true;
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
    const { clock, waits } = this.parts;
    const name = waits.nameOf(url);
    const known = this.services.get(name) ?? {
      reads: new Limiter(4, 16),
      circuit: new Circuit(
        () => clock.monotonicMs(),
        (opened) => waits.leaveInPeace(url, opened),
      ),
    };
    this.services.set(name, known);
    return known;
  }
}
