/** What a fault does to a request: refuses it in the service's own words, or bends what it made and what is answered. */
import type { ApiAnswer, Service } from './api/route.ts';
import type { Fault } from './fault-plan.ts';
import { isNamed } from './fault-plan.ts';
import type { Change } from './world.ts';

/** Words of the statuses that come before any service: load balancers and middleware say no more. */
const WORDS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Policy does not allow this request.',
  404: 'The resource could not be found.',
  409: 'There was a conflict.',
  413: 'Request Entity Too Large',
  429: 'This request was rate-limited.',
  500: 'Unexpected API Error.',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** As keystonemiddleware refuses, whatever the service. */
export function unauthorized(url: string): ApiAnswer {
  return {
    status: 401,
    headers: { 'www-authenticate': `Keystone uri="${url}/identity"` },
    json: {
      error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' },
    },
  };
}

/** The answer instead of the service's; null when the fault refuses nothing. */
export function refusedAnswer(fault: Fault | null, service: Service, url: string): ApiAnswer | null {
  if (fault?.lateMs !== undefined) return service.error(504, WORDS[504] ?? '');
  const refusal = fault?.refusal;
  if (refusal === undefined) return null;
  if (refusal.kind === 'token-expired') return unauthorized(url);
  // Neutron says 409 where Nova says 403 (API references, "Quota exceeded").
  if (refusal.kind === 'over-quota') {
    return service.type === 'network'
      ? service.error(409, 'Quota exceeded for resources.', 'OverQuota')
      : service.error(403, 'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances');
  }
  const { status, message, retryAfter } = refusal;
  const answer = service.error(status, message ?? WORDS[status] ?? 'Something went wrong.');
  return retryAfter === null ? answer : { ...answer, headers: { ...answer.headers, 'retry-after': retryAfter } };
}

/** Whether a request with this fault is carried out before it is answered. */
export function isCarriedOut(fault: Fault | null): boolean {
  if (fault?.lateMs !== undefined) return false;
  const refusal = fault?.refusal;
  return refusal === undefined || (refusal.kind === 'status' && refusal.isDone);
}

/** What a request makes, as the fault has it: an ERROR to come, a delete that takes its time, a resource nobody sees yet. */
export function bendChanges(changes: readonly Change[], fault: Fault | null, nowMs: number): readonly Change[] {
  if (fault === null) return changes;
  return changes.map((change) => {
    if (change.row === null) return change;
    let { row } = change;
    if (fault.lagMs !== undefined && 'visibleAtMs' in row && row.createdAtMs === nowMs)
      row = { ...row, visibleAtMs: nowMs + fault.lagMs };
    if (change.kind === 'server' && 'builtAtMs' in row) {
      if (fault.error !== undefined && row.createdAtMs === nowMs) row = { ...row, fault: fault.error };
      if (fault.stuckMs !== undefined && row.deletedAtMs === nowMs)
        row = { ...row, goneAtMs: fault.stuckMs === null ? null : nowMs + fault.stuckMs };
      if (fault.unplugMs !== undefined && row.deletedAtMs === nowMs && row.goneAtMs !== null)
        row = { ...row, unpluggedAtMs: row.goneAtMs + fault.unplugMs };
    }
    return { ...change, row } as Change;
  });
}

/** A list without what the fault hides: of the one array in its body, the items of these names. */
export function withoutOmitted(answer: ApiAnswer, fault: Fault | null): ApiAnswer {
  const omitted = fault?.omit;
  if (omitted === undefined || typeof answer.json !== 'object' || answer.json === null) return answer;
  const isOmitted = (item: unknown): boolean => {
    const name: unknown = typeof item === 'object' && item !== null && 'name' in item ? item.name : '';
    return omitted.some((pattern) => isNamed(pattern, String(name)));
  };
  const entries = Object.entries(answer.json as Record<string, unknown>).map(([key, value]): [string, unknown] => [
    key,
    Array.isArray(value) ? value.filter((item) => !isOmitted(item)) : value,
  ]);
  return { ...answer, json: Object.fromEntries(entries) };
}
