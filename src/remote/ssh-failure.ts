/** What failures of SSH mean, classified once: the errors of the remote port. */
import { BuilderError } from '../errors.ts';
import { fingerprintOf } from './public-key.ts';
import type { Endpoint } from './remote.ts';

function placeOf(endpoint: Endpoint): string {
  return `${endpoint.node} (${endpoint.user}@${endpoint.host}:${endpoint.port})`;
}

/** A connection that never came to a login; `ssh-auth` when our key was refused, otherwise `ssh-lost`, which may pass. */
export function connectFailure(error: Error & { readonly level?: string }, endpoint: Endpoint): BuilderError {
  const place = placeOf(endpoint);
  if (error.level === 'client-authentication') {
    return new BuilderError('ssh-auth', `${endpoint.node} refused our key for user ${endpoint.user}`, {
      at: place,
      fix: 'check the login user of the image: layout key defaults.user',
      cause: error,
    });
  }
  if (error.message.includes('no matching host key')) return hostKeyRefused(endpoint, 'a key of another type', error);
  return new BuilderError('ssh-lost', `no SSH to ${endpoint.node}: ${error.message}`, { at: place, cause: error });
}

/** The server showed a key that is not its own: nothing was sent to it. */
export function hostKeyRefused(endpoint: Endpoint, shown: string, cause: unknown): BuilderError {
  const expected = endpoint.hostKeys.map(fingerprintOf);
  return new BuilderError('host-key', `${endpoint.node} shows host key ${shown}, expected ${expected.join(' or ')}`, {
    at: placeOf(endpoint),
    state: 'nothing was sent to it',
    fix: 'find out who answers at that address before going on',
    details: { shown, expected },
    cause,
  });
}

/** sudo wants a password or forbids us. */
export function sudoRefused(endpoint: Endpoint, stderr: string): BuilderError {
  return new BuilderError('ssh-auth', `${endpoint.node}: user ${endpoint.user} may not use sudo without a password`, {
    at: placeOf(endpoint),
    fix: 'choose an image whose login user may, or name that user: layout key defaults.user',
    details: { stderr: stderr.trim() },
  });
}

/** What is safe to ask again once a connection stands. */
export function sessionLost(endpoint: Endpoint, reason: string): BuilderError {
  return new BuilderError('ssh-lost', `SSH to ${endpoint.node} was lost: ${reason}`, { at: placeOf(endpoint) });
}

/** The end of patience: the last thing that was seen is the cause. */
export function neverReachable(endpoint: Endpoint, timeoutMs: number, last: unknown): BuilderError {
  const seconds = Math.round(timeoutMs / 1000);
  const why = last instanceof Error ? `: ${last.message}` : '';
  return new BuilderError('no-ssh', `${endpoint.node} could not be reached by SSH within ${seconds} s${why}`, {
    at: placeOf(endpoint),
    fix: 'look at its console and its security group, then run the same command again',
    cause: last,
  });
}
