/** The table of reliability.md section 2.3, row by row. */
import { describe, expect, it } from 'vitest';
import { classifyGarbage, classifyLoss, classifyReply } from '../../../../src/cloud/openstack/errors.ts';
import { explainLoss, LostAnswer } from '../../../../src/cloud/openstack/http.ts';
import { excerpt } from '../../../../src/cloud/openstack/place.ts';

const write = { method: 'POST', url: 'https://nova.example/v2.1/servers', isWrite: true };
const read = { method: 'GET', url: 'https://nova.example/v2.1/servers', isWrite: false };

function reply(status: number, body: unknown = '', headers: Record<string, string> = {}) {
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: new Headers({ 'x-openstack-request-id': 'req-7', ...headers }),
  };
}

describe('an answer to a write', () => {
  it.each([
    [400, 'refused', 'terminal'],
    [403, 'forbidden', 'terminal'],
    [404, 'not-found', 'terminal'],
    [405, 'refused', 'terminal'],
    [409, 'conflict', 'in-doubt'],
    [410, 'not-found', 'terminal'],
    [413, 'slow-down', 'retryable'],
    [422, 'refused', 'terminal'],
    [429, 'slow-down', 'retryable'],
    [408, 'uncertain-write', 'in-doubt'],
    [500, 'uncertain-write', 'in-doubt'],
    [501, 'refused', 'terminal'],
    [502, 'uncertain-write', 'in-doubt'],
    [503, 'uncertain-write', 'in-doubt'],
    [504, 'uncertain-write', 'in-doubt'],
    [302, 'bad-answer', 'terminal'],
  ])('of %i means %s', (status, code, disposition) => {
    const { error, isRepeatable } = classifyReply(write, reply(status));
    expect(error).toMatchObject({ code, disposition });
    // Only what certainly had no effect may be sent again.
    expect(isRepeatable).toBe(status === 413 || status === 429);
  });

  it.each([
    [
      403,
      {
        forbidden: {
          code: 403,
          message: 'Quota exceeded for instances: Requested 1, but already used 20 of 20 instances',
        },
      },
    ],
    [403, { forbidden: { code: 403, message: 'Maximum number of ports exceeded' } }],
    [
      409,
      { NeutronError: { type: 'OverQuota', message: "Quota exceeded for resources: ['floatingip'].", detail: '' } },
    ],
    [
      413,
      {
        overLimit: {
          code: 413,
          message: 'VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota',
        },
      },
    ],
  ])('of %i with quota words means quota-reached', (status, body) => {
    expect(classifyReply(write, reply(status, body))).toMatchObject({
      error: { code: 'quota-reached', disposition: 'terminal' },
      isRepeatable: false,
    });
  });

  it('that deletes is refused for use without any doubt', () => {
    const { error } = classifyReply({ ...write, method: 'DELETE' }, reply(409));
    expect(error).toMatchObject({ code: 'conflict', disposition: 'terminal' });
  });

  it('of a full network is no conflict that somebody could adopt', () => {
    const body = {
      NeutronError: {
        type: 'IpAddressGenerationFailure',
        message: 'No more IP addresses available on network 1.',
        detail: '',
      },
    };
    expect(classifyReply(write, reply(409, body)).error.code).toBe('refused');
  });

  it('carries the cloud’s words, method, address and request id', () => {
    const { error } = classifyReply(
      write,
      reply(400, { badRequest: { code: 400, message: 'Invalid imageRef provided.' } }),
    );
    expect(error.message).toBe('the cloud answered 400: Invalid imageRef provided.');
    expect(error.at).toBe('POST https://nova.example/v2.1/servers (req-7)');
    expect(error.details).toMatchObject({ status: 400, requestId: 'req-7' });
  });

  it.each([
    ['<html><head><title>502 Bad Gateway</title></head></html>', '502 Bad Gateway'],
    ['plain words', 'plain words'],
    ['{"NeutronError": "just a text"}', 'just a text'],
    ['[]', ''],
    ['null', ''],
  ])('is told whatever its wrapping: %s', (body, said) => {
    expect(classifyReply(write, reply(502, body)).error.message).toBe(
      `the cloud answered 502${said === '' ? '' : `: ${said}`}`,
    );
  });

  it('that cannot be understood is in doubt, and not quoted, because it may hold a password', () => {
    const error = classifyGarbage(write, reply(202, '{"server": {"adminPass": "hunter2"'), 'it is not JSON');
    expect(error).toMatchObject({ code: 'uncertain-write', disposition: 'in-doubt' });
    expect(error.message).not.toContain('hunter2');
  });
});

describe('an answer to a read', () => {
  it.each([500, 502, 503, 504, 408, 429])('of %i may be asked for again', (status) => {
    expect(classifyReply(read, reply(status))).toMatchObject({
      isRepeatable: true,
      error: { disposition: 'retryable' },
    });
  });

  it('that cannot be understood is bad, and quoted in 200 escaped characters', () => {
    const error = classifyGarbage(
      read,
      reply(200, `\u001b[31m${'x'.repeat(500)}`, { 'content-type': 'text/html' }),
      'it is not JSON',
    );
    expect(error).toMatchObject({ code: 'bad-answer', disposition: 'retryable' });
    expect(error.message).toContain('text/html');
    expect(error.message).toContain('\\u001b[31mxxx');
    expect(error.message.length).toBeLessThan(300);
  });

  it('tells how long to wait', () => {
    expect(classifyReply(read, reply(503, '', { 'retry-after': '9' }))).toMatchObject({
      waitMs: 9000,
      isOverload: true,
    });
  });
});

function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(`${syscall ?? ''} ${code}`), { code, ...(syscall === undefined ? {} : { syscall }) });
}

function fetchFailed(cause: Error): Error {
  return new TypeError('fetch failed', { cause });
}

describe('a lost answer', () => {
  it.each([
    ['ECONNREFUSED', fetchFailed(systemError('ECONNREFUSED', 'connect')), 'refused'],
    [
      'ECONNREFUSED of both addresses',
      fetchFailed(
        Object.assign(new AggregateError([systemError('ECONNREFUSED', 'connect')]), { code: 'ECONNREFUSED' }),
      ),
      'refused',
    ],
    [
      'several addresses without a code',
      fetchFailed(new AggregateError([systemError('EHOSTUNREACH', 'connect')])),
      'refused',
    ],
    ['ENOTFOUND', fetchFailed(systemError('ENOTFOUND', 'getaddrinfo')), 'refused'],
    ['EAI_AGAIN', fetchFailed(systemError('EAI_AGAIN', 'getaddrinfo')), 'refused'],
    ['a connect that times out', fetchFailed(systemError('UND_ERR_CONNECT_TIMEOUT')), 'refused'],
    ['ETIMEDOUT while connecting', fetchFailed(systemError('ETIMEDOUT', 'connect')), 'refused'],
    ['ETIMEDOUT while reading', fetchFailed(systemError('ETIMEDOUT', 'read')), 'lost'],
    ['a reset', fetchFailed(systemError('ECONNRESET', 'read')), 'lost'],
    ['a closed socket', fetchFailed(systemError('UND_ERR_SOCKET')), 'lost'],
    ['EPIPE', fetchFailed(systemError('EPIPE', 'write')), 'lost'],
    ['our own deadline', new DOMException('The operation was aborted due to timeout', 'TimeoutError'), 'lost'],
    ['something unheard of', new Error('?'), 'lost'],
    ['a foreign certificate', fetchFailed(systemError('SELF_SIGNED_CERT_IN_CHAIN')), 'tls'],
    ['an unknown authority', fetchFailed(systemError('UNABLE_TO_VERIFY_LEAF_SIGNATURE')), 'tls'],
    ['another host’s certificate', fetchFailed(systemError('ERR_TLS_CERT_ALTNAME_INVALID')), 'tls'],
    ['an expired certificate', fetchFailed(systemError('CERT_HAS_EXPIRED')), 'tls'],
    ['plain HTTP where TLS was expected', fetchFailed(systemError('ERR_SSL_WRONG_VERSION_NUMBER')), 'tls'],
  ])('by %s is told apart', (_, error, kind) => {
    expect(explainLoss(error).kind).toBe(kind);
  });

  const loss = (kind: LostAnswer['kind']): LostAnswer => new LostAnswer(kind, 'words', false, undefined);

  it('of a write is in doubt once a byte has left, and is never repeated', () => {
    expect(classifyLoss(write, loss('lost'))).toMatchObject({
      error: { code: 'uncertain-write', disposition: 'in-doubt' },
      isRepeatable: false,
    });
  });

  it('of a write that never left is repeatable', () => {
    expect(classifyLoss(write, loss('refused'))).toMatchObject({
      error: { code: 'unreachable', disposition: 'retryable' },
      isRepeatable: true,
    });
  });

  it('of a read is repeatable', () => {
    expect(classifyLoss(read, loss('lost'))).toMatchObject({ error: { code: 'unreachable' }, isRepeatable: true });
  });

  it('for want of trust is final', () => {
    expect(classifyLoss(read, loss('tls'))).toMatchObject({ error: { code: 'tls', exitCode: 3 }, isRepeatable: false });
  });
});

it('escapes what could draw on a terminal', () => {
  expect(excerpt('a\u001b[0m\u009b1m\u202eb\n"q"')).toBe('a\\u001b[0m\\u009b1m\\u202eb\\n"q"');
});
