/** The simulated API without a socket: finds the route, checks token and microversion, asks the fault script, records, answers. */
import { type ApiAnswer, type ApiRequest, findRoute, type Route, type Service, type View } from './api/route.ts';
import { readToken } from './api/tokens.ts';
import { bendChanges, isCarriedOut, refusedAnswer, unauthorized, withoutOmitted } from './fault-effects.ts';
import type { Fault } from './fault-plan.ts';
import { headersOf, readMicroversion } from './service-headers.ts';
import type { Change } from './world.ts';
import type { WorldDesk } from './world-desk.ts';

export interface RawRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `lost`: no byte of it arrives. `truncated`: the connection ends in the middle. */
  readonly cut: 'lost' | 'truncated' | null;
}

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n';

interface Outcome {
  readonly answer: ApiAnswer;
  readonly fault: Fault | null;
}

function parseBody(body: string): { readonly json: unknown } | null {
  if (body === '') return { json: null };
  try {
    return { json: JSON.parse(body) as unknown };
  } catch {
    // What is no JSON is refused by the service.
    return null;
  }
}

export class ApiDesk {
  private readonly services: readonly Service[];
  private readonly world: WorldDesk;

  constructor(services: readonly Service[], world: WorldDesk) {
    this.services = services;
    this.world = world;
  }

  /** Answers as the service would, and as the fault script wants; what was accepted is in the ledger by then. */
  async answer(raw: RawRequest): Promise<RawAnswer> {
    const requestId = `req-${this.world.view().uuid()}`;
    const url = new URL(raw.url, 'http://localhost');
    const [, name = ''] = url.pathname.split('/');
    const service = this.services.find((candidate) => candidate.name === name);
    if (service === undefined) return render({ status: 404, text: 'There is no such service.\n' }, null, {});
    const { answer, fault } = this.ask(service, raw, url, requestId);
    if (fault?.delayMs !== undefined) await this.world.sleep(fault.delayMs);
    return render(answer, fault, headersOf(service, raw.headers, requestId));
  }

  private ask(service: Service, raw: RawRequest, url: URL, requestId: string): Outcome {
    const refuse = (answer: ApiAnswer): Outcome => ({ answer, fault: null });
    const path = decodeURIComponent(url.pathname.slice(service.name.length + 1)) || '/';
    const found = findRoute(service.routes, raw.method === 'HEAD' ? 'GET' : raw.method, path);
    const view = this.world.view();
    if (found?.route.isOpen !== true && !isTokenGood(raw.headers['x-auth-token'], view, service)) {
      return refuse(unauthorized(view.url));
    }
    if (found === null) return refuse(service.error(404, 'The resource could not be found.'));
    const body = parseBody(raw.body);
    if (body === null) return refuse(service.error(400, 'Malformed request body'));
    const microversion = readMicroversion(service, raw.headers);
    if ('refusal' in microversion) return refuse(microversion.refusal);
    const request: ApiRequest = {
      method: raw.method,
      path,
      query: url.searchParams,
      headers: raw.headers,
      body: body.json,
      params: found.params,
      microversion: microversion.version,
    };
    return this.carryOut(service, found.route, request, requestId);
  }

  private carryOut(service: Service, route: Route, request: ApiRequest, requestId: string): Outcome {
    const subject = route.subject?.(request, this.world.view()) ?? '';
    const operation = route.operationOf?.(request) ?? route.operation;
    const deed = { operation, subject, requestId };
    const first = this.world.decide(deed, (view): { result: Outcome; changes: readonly Change[] } => {
      const { fault, changes: counts } = this.world.chooseFault(operation, subject);
      const done = isCarriedOut(fault) ? route.handle(request, view) : null;
      const answer = refusedAnswer(fault, service, view.url) ?? done ?? service.error(500, 'Unexpected API Error.');
      const changes = bendChanges(done?.changes ?? [], fault, view.nowMs);
      return { result: { answer: withoutOmitted(answer, fault), fault }, changes: [...changes, ...counts] };
    });
    const { fault } = first;
    const deliver = (): ApiAnswer =>
      this.world.decide(deed, (view) => {
        const done = route.handle(request, view);
        return { result: done, changes: bendChanges(done.changes ?? [], fault, view.nowMs) };
      });
    // Who no longer serves carries out nothing any more.
    if (fault?.lateMs !== undefined) void this.world.sleep(fault.lateMs).then(deliver, () => undefined);
    if (fault?.twice !== true) return first;
    const second = deliver();
    return { answer: refusedAnswer(fault, service, this.world.view().url) ?? second, fault };
  }
}

/** Keystone knows its own tokens; the others want one for the project. */
function isTokenGood(token: string | undefined, { tokens }: View, service: Service): boolean {
  const facts = token === undefined ? null : readToken(tokens.secret, token);
  return facts !== null && facts.expiresAtMs > tokens.wallMs && (facts.isScoped || service.type === 'identity');
}

/** A body that is JSON, and not what was asked for: every value of the answer's is a number. */
function wrongType(json: unknown): string {
  if (typeof json !== 'object' || json === null) return '42';
  return JSON.stringify(Object.fromEntries(Object.keys(json).map((key) => [key, 42])));
}

function render(answer: ApiAnswer, fault: Fault | null, headers: Readonly<Record<string, string>>): RawAnswer {
  const type = answer.json === undefined ? 'text/plain; charset=UTF-8' : 'application/json';
  const isEmpty = answer.json === undefined && (answer.text ?? '') === '';
  const whole = {
    status: answer.status,
    headers: { ...(isEmpty ? {} : { 'content-type': type }), ...headers, ...answer.headers },
    body: answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json),
    cut: null,
  };
  const reply = fault?.reply;
  if (reply === 'lost' || reply === 'truncated') return { ...whole, cut: reply };
  if (reply === 'html') return { ...whole, headers: { ...whole.headers, 'content-type': 'text/html' }, body: HTML };
  if (reply === 'wrong-type') return { ...whole, body: wrongType(answer.json) };
  return reply === 'empty' ? { ...whole, body: '' } : whole;
}
