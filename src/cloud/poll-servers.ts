/** One paged server list per poll for everyone who waits for a server: never a request per server. */
import type { Cloud, Server } from './cloud.ts';

export interface ServerPoll {
  /** The server once `isSettled` likes it; `isSettled` sees null while the list does not show it. Throws what the list throws. */
  wait(id: string, isSettled: (server: Server | null) => boolean, signal: AbortSignal): Promise<Server | null>;
}

interface Waiter {
  readonly id: string;
  readonly isSettled: (server: Server | null) => boolean;
  readonly resolve: (server: Server | null) => void;
  readonly reject: (reason: unknown) => void;
}

const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 5_000;

/** Polls while somebody waits, after 1 s at first, growing to 5 s. */
export function pollServers(
  cloud: Pick<Cloud, 'listServers'>,
  clock: { sleep(ms: number, signal: AbortSignal): Promise<void> },
  stop: AbortSignal,
): ServerPoll {
  const waiters = new Set<Waiter>();
  let isPolling = false;

  function settle(servers: readonly Server[]): void {
    const byId = new Map(servers.map((server) => [server.id, server]));
    for (const waiter of waiters) {
      const server = byId.get(waiter.id) ?? null;
      if (waiter.isSettled(server)) {
        waiters.delete(waiter);
        waiter.resolve(server);
      }
    }
  }

  async function poll(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    try {
      while (waiters.size > 0) {
        // One request at a time, and the next only after its pause: that is what a poll is.
        await clock.sleep(pauseMs, stop);
        pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 1.3);
        if (waiters.size > 0) settle(await cloud.listServers(stop));
      }
    } catch (error) {
      // Whatever ended the list ends every wait on it; each waiter's step classifies it.
      for (const waiter of waiters) waiter.reject(error);
      waiters.clear();
    } finally {
      isPolling = false;
    }
  }

  return {
    wait(id, isSettled, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const waiter: Waiter = { id, isSettled, resolve: done(resolve), reject: done(reject) };
        function done<T>(next: (value: T) => void): (value: T) => void {
          return (value) => {
            signal.removeEventListener('abort', onAbort);
            next(value);
          };
        }
        function onAbort(): void {
          waiters.delete(waiter);
          reject(signal.reason as Error);
        }
        signal.addEventListener('abort', onAbort, { once: true });
        waiters.add(waiter);
        if (!isPolling) {
          isPolling = true;
          void poll();
        }
      });
    },
  };
}
