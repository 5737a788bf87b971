/** What an answer, or the want of one, means: classified here once, by the table of reliability.md section 2.3. */
import { BuilderError, type ErrorCode } from '../../errors.ts';
import type { LostAnswer } from './http.ts';
import { type Asked, excerpt, place, requestIdOf } from './place.ts';
import { readRetryAfter } from './retry-after.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Verdict {
  readonly error: BuilderError;
  /** Sending the same request again is safe and may help. */
  readonly isRepeatable: boolean;
  /** What Retry-After asked for, in ms. */
  readonly waitMs: number | null;
  /** The service is overburdened: fewer requests at once. */
  readonly isOverload: boolean;
}

const QUOTA = /quota|exceeds? (the )?(limit|maximum)|limit (is )?(exceeded|reached)|maximum number of/i;
/** Neutron's 409 or 400 of a full network: no natural key is taken, so it is no conflict. */
const FULL = /IpAddressGenerationFailure|ExternalIpAddressExhausted|NoMoreIpAddresses|No more IP addresses/;
const UNCERTAIN = {
  state: 'the request may or may not have had its effect; it was not sent again',
  fix: 'run the same command again: it looks before it sends',
};

/** Every service wraps its sentence differently: `{"<kind>": {"message", "type"}}`, `{"NeutronError": "…"}`, HTML. */
function sentenceOf(body: string): { readonly message: string; readonly type: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Not JSON: a proxy's page. Its title says most.
    const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1] ?? '';
    return { message: (title === '' ? body.replaceAll(/<[^>]*>|\s+/g, ' ') : title).trim(), type: '' };
  }
  const inner: unknown = typeof parsed === 'object' && parsed !== null ? Object.values(parsed)[0] : parsed;
  if (typeof inner !== 'object' || inner === null) return { message: typeof inner === 'string' ? inner : '', type: '' };
  const { message, type } = inner as { message?: unknown; type?: unknown };
  return { message: typeof message === 'string' ? message : '', type: typeof type === 'string' ? type : '' };
}

const MEANING: Readonly<Partial<Record<number, ErrorCode>>> = {
  401: 'auth-lost',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'not-found',
};
const FIX: Readonly<Partial<Record<ErrorCode, string>>> = {
  'quota-reached': 'ask for a larger quota or remove something, then run the same command again',
  forbidden: 'ask the cloud’s administrator for the permission, or use other credentials',
  'slow-down': 'run the same command again later',
  unreachable: 'check network and VPN, then run the same command again',
  refused: 'correct what the cloud names, then run the same command again',
};

function refusalCode(status: number, text: string): ErrorCode {
  if (FULL.test(text)) return 'refused';
  if ((status === 403 || status === 409 || status === 413) && QUOTA.test(text)) return 'quota-reached';
  if (status === 413 || status === 429) return 'slow-down';
  return MEANING[status] ?? 'refused';
}

/** What an answer other than 2xx means. */
export function classifyReply(asked: Asked, reply: Answered): Verdict {
  const { message, type } = sentenceOf(reply.body);
  const said = message === '' ? '' : `: ${excerpt(message)}`;
  const at = place(asked, reply.headers);
  const waitMs = readRetryAfter(reply.headers.get('retry-after'), reply.headers.get('date'));
  const details = { status: reply.status, requestId: requestIdOf(reply.headers), type: type === '' ? null : type };
  if (reply.status < 400) {
    const location = reply.headers.get('location');
    const error = new BuilderError(
      'bad-answer',
      `the cloud answered ${reply.status}${location === null ? '' : `, redirecting to ${excerpt(location)}`}`,
      {
        at,
        details,
        disposition: 'terminal',
        fix: 'correct the address of the service in clouds.yaml or the catalog',
      },
    );
    return { error, isRepeatable: false, waitMs: null, isOverload: false };
  }
  const isLost = reply.status === 408 || (reply.status >= 500 && reply.status !== 501 && reply.status !== 505);
  if (isLost) {
    const text = `the cloud answered ${reply.status}${said}`;
    const error = asked.isWrite
      ? new BuilderError('uncertain-write', text, { ...UNCERTAIN, at, details })
      : new BuilderError('unreachable', text, { at, details, fix: 'run the same command again later' });
    return { error, isRepeatable: !asked.isWrite, waitMs, isOverload: reply.status === 503 || reply.status === 504 };
  }
  const code = refusalCode(reply.status, `${type} ${message}`);
  const error = new BuilderError(code, `the cloud answered ${reply.status}${said}`, {
    at,
    details,
    fix: FIX[code],
    // The natural key of a create may be taken by this very request, which somebody in between delivered twice.
    ...(code === 'conflict' && asked.method === 'POST' && { disposition: 'in-doubt' as const }),
  });
  const isRepeatable = code === 'slow-down';
  return { error, isRepeatable, waitMs: isRepeatable ? waitMs : null, isOverload: isRepeatable };
}

/** What the want of an answer means. */
export function classifyLoss(asked: Asked, loss: LostAnswer): Verdict {
  const at = place(asked);
  const host = URL.parse(asked.url)?.host ?? asked.url;
  const none = { waitMs: null, isOverload: false };
  switch (loss.kind) {
    case 'tls': {
      const clock = /not yet valid|CERT_NOT_YET_VALID|expired/i.test(loss.message)
        ? ', and check this machine’s clock'
        : '';
      const error = new BuilderError('tls', `${host}: ${excerpt(loss.message)}`, {
        at,
        fix: `name the authority's file as cacert in clouds.yaml or OS_CACERT${clock}`,
        cause: loss,
      });
      return { error, isRepeatable: false, ...none };
    }
    case 'refused': {
      const error = new BuilderError('unreachable', `${host}: ${excerpt(loss.message)}`, {
        at,
        fix: FIX.unreachable,
        cause: loss,
      });
      return { error, isRepeatable: true, ...none, isOverload: loss.isTimeout };
    }
    case 'lost': {
      const text = `no answer from ${host}: ${excerpt(loss.message)}`;
      const error = asked.isWrite
        ? new BuilderError('uncertain-write', text, { ...UNCERTAIN, at, cause: loss })
        : new BuilderError('unreachable', text, { at, fix: FIX.unreachable, cause: loss });
      return { error, isRepeatable: !asked.isWrite, ...none, isOverload: loss.isTimeout };
    }
  }
}

/** A 2xx that cannot be understood: a read gave a `bad-answer`, the effect of a write is unknown. */
export function classifyGarbage(asked: Asked, reply: Answered, why: string): BuilderError {
  const at = place(asked, reply.headers);
  if (asked.isWrite) {
    // What a create answers may hold a password (adminPass): it is not quoted.
    return new BuilderError('uncertain-write', `the cloud's answer cannot be understood: ${why}`, { ...UNCERTAIN, at });
  }
  const type = reply.headers.get('content-type') ?? 'no content type';
  return new BuilderError(
    'bad-answer',
    `the cloud's answer (${excerpt(type)}) cannot be understood: ${why}: ${excerpt(reply.body)}`,
    {
      at,
      fix: 'check the address of the service; run the same command again',
    },
  );
}
