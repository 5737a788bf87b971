/** What happens to a server by itself: built, booted, answering, deleting, gone; computed from its row and the time. */
import type { ServerRow } from './world.ts';

/** As Nova names it; `GONE` when it answers 404. */
export type ServerStatus = 'BUILD' | 'ACTIVE' | 'ERROR' | 'SHUTOFF' | 'REBOOT' | 'SOFT_DELETED' | 'GONE';

export interface ServerState {
  readonly status: ServerStatus;
  /** Nova's task_state: scheduling, spawning, deleting; null for none. */
  readonly activity: string | null;
}

export interface Boot {
  readonly atMs: number;
  readonly id: string;
}

/** How long a reboot takes until the server is ACTIVE again. */
const REBOOT_MS = 8_000;

/** The boot a server runs in; null before the first. */
export function bootOf(server: ServerRow, nowMs: number): Boot | null {
  if (server.fault !== null || nowMs < server.builtAtMs) return null;
  if (server.reboot !== null && server.reboot.atMs <= nowMs)
    return { atMs: server.reboot.atMs, id: server.reboot.bootId };
  return { atMs: server.builtAtMs, id: server.firstBootId };
}

export function stateOf(server: ServerRow, nowMs: number): ServerState {
  if (server.goneAtMs !== null && server.goneAtMs <= nowMs) return { status: 'GONE', activity: null };
  if (server.isSoftDeleted) return { status: 'SOFT_DELETED', activity: null };
  const activity = server.deletedAtMs !== null && server.deletedAtMs <= nowMs ? 'deleting' : null;
  if (nowMs < server.builtAtMs) {
    const isEarly = nowMs - server.createdAtMs < (server.builtAtMs - server.createdAtMs) / 5;
    return { status: 'BUILD', activity: activity ?? (isEarly ? 'scheduling' : 'spawning') };
  }
  if (server.fault !== null) return { status: 'ERROR', activity };
  if (server.isStopped) return { status: 'SHUTOFF', activity };
  const boot = bootOf(server, nowMs);
  if (server.reboot !== null && boot !== null && boot.id === server.reboot.bootId && nowMs < boot.atMs + REBOOT_MS)
    return { status: 'REBOOT', activity: activity ?? 'rebooting_hard' };
  return { status: 'ACTIVE', activity };
}

/** Whether its sshd takes connections. */
export function answersSsh(server: ServerRow, nowMs: number): boolean {
  const boot = bootOf(server, nowMs);
  const { status } = stateOf(server, nowMs);
  return boot !== null && status === 'ACTIVE' && nowMs >= boot.atMs + server.sshAfterMs;
}
