/** Calls a service of the rehearsal cloud as its HTTP skin does, on a world and at a time that the test rules. */

import { QUOTAS } from '../../../../src/rehearsal/account.ts';
import { type ApiAnswer, findRoute, type Service, type View } from '../../../../src/rehearsal/api/route.ts';
import { applyChanges, emptyWorld, type World } from '../../../../src/rehearsal/world.ts';

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nova's, as [2, 79]. */
  readonly microversion?: readonly [number, number];
}

/** Modelled time 0. */
const BEGAN_AT = Date.parse('2026-03-01T12:00:00Z');

export class RehearsalCalls {
  readonly world: World = emptyWorld();
  nowMs = 0;
  settings = { seed: 1, quotas: QUOTAS };
  private readonly service: Service;
  private ids = 0;

  constructor(service: Service) {
    this.service = service;
  }

  get view(): View {
    return {
      world: this.world,
      nowMs: this.nowMs,
      utc: (modelMs) => new Date(BEGAN_AT + modelMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      wallAt: (modelMs) => new Date(BEGAN_AT + modelMs),
      uuid: () => {
        this.ids += 1;
        return `00000000-0000-4000-8000-${String(this.ids).padStart(12, '0')}`;
      },
      settings: this.settings,
      url: 'http://rehearsal',
      tokens: { secret: 'a secret of the tests', wallMs: BEGAN_AT + this.nowMs },
    };
  }

  /** The answer to `target`, a path with query below the service; its changes are applied. */
  call(
    method: string,
    target: string,
    { body = null, headers = {}, microversion = [2, 90] }: CallOptions = {},
  ): ApiAnswer {
    const { pathname, searchParams } = new URL(target, 'http://rehearsal');
    const path = decodeURIComponent(pathname);
    const found = findRoute(this.service.routes, method, path);
    if (found === null) throw new Error(`no route for ${method} ${path}`);
    const request = { method, path, query: searchParams, headers, body, params: found.params, microversion };
    const { view } = this;
    found.route.subject?.(request, view);
    const answer = found.route.handle(request, view);
    applyChanges(this.world, answer.changes ?? []);
    return answer;
  }

  /** The JSON of a call, for tests that look into it. */
  json<T>(method: string, target: string, options: CallOptions = {}): T {
    return this.call(method, target, options).json as T;
  }
}
