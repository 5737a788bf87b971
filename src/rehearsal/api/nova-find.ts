/** The server a request is about, and whether it may be touched now. */
import { isVisible } from '../living.ts';
import { stateOf } from '../server-life.ts';
import type { ServerRow } from '../world.ts';
import { refuse } from './nova-answers.ts';
import { vmStateOf } from './nova-server-body.ts';
import type { ApiRequest, Route, View } from './route.ts';

/** Throws a `Refusal` with 404 for one that nobody sees, not yet or no more. */
export function findServer({ params }: ApiRequest, { world, nowMs }: View): ServerRow {
  const id = params['id'] ?? '';
  const server = world.server.get(id);
  if (server === undefined || !isVisible(server, nowMs) || stateOf(server, nowMs).status === 'GONE')
    return refuse(404, `Instance ${id} could not be found.`);
  return server;
}

/** Throws a `Refusal` for a locked one. */
export function findUnlocked(request: ApiRequest, view: View): ServerRow {
  const server = findServer(request, view);
  return server.isLocked ? refuse(409, `Instance ${server.id} is locked`) : server;
}

/** Throws a `Refusal` unless the server is in one of these vm_states. */
export function requireState(server: ServerRow, action: string, states: readonly string[], nowMs: number): void {
  const state = vmStateOf(server, nowMs);
  if (!states.includes(state)) refuse(409, `Cannot '${action}' instance ${server.id} while it is in vm_state ${state}`);
}

/** Name of the server in the path, for the fault script. */
export const serverOfPath: NonNullable<Route['subject']> = ({ params }, { world }) =>
  world.server.get(params['id'] ?? '')?.name ?? '';
