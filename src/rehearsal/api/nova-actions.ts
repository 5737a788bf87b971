/** What can be done to a server that is there: lock, reboot, stop, start, restore, end it by force, read its console. */
import { z } from 'zod';
import { consoleLines } from '../console.ts';
import { put, type ServerRow } from '../world.ts';
import { readBody } from './bodies.ts';
import { novaError, refuse } from './nova-answers.ts';
import { findServer, findUnlocked, requireState, serverOfPath } from './nova-find.ts';
import { isPlaced } from './nova-server-body.ts';
import { endServer } from './nova-servers.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const REBOOT_AFTER_MS = 2000;

type Action = (request: ApiRequest, view: View) => ApiAnswer;

function accept(server: ServerRow): ApiAnswer {
  return { status: 202, changes: [put('server', server.id, server)] };
}

/** Throws a `Refusal` for one that never ran. */
function requireHost(server: ServerRow, nowMs: number): void {
  if (!isPlaced(server, nowMs)) refuse(409, `Instance ${server.id} is not ready`);
}

const rebootBody = z.object({
  reboot: z.strictObject({ type: z.enum(['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']) }),
});

function reboot(request: ApiRequest, view: View): ApiAnswer {
  const { type } = readBody(rebootBody, request.body).reboot;
  const server = findUnlocked(request, view);
  requireHost(server, view.nowMs);
  const states = type.toUpperCase() === 'HARD' ? ['active', 'stopped', 'error'] : ['active'];
  requireState(server, 'reboot', states, view.nowMs);
  const next = { atMs: view.nowMs + REBOOT_AFTER_MS, bootId: view.uuid() };
  return accept({ ...server, isStopped: false, reboot: next });
}

function start(request: ApiRequest, view: View): ApiAnswer {
  const server = findUnlocked(request, view);
  requireHost(server, view.nowMs);
  requireState(server, 'start', ['stopped'], view.nowMs);
  return accept({ ...server, isStopped: false, reboot: { atMs: view.nowMs, bootId: view.uuid() } });
}

function stop(request: ApiRequest, view: View): ApiAnswer {
  const server = findUnlocked(request, view);
  requireHost(server, view.nowMs);
  requireState(server, 'stop', ['active', 'error'], view.nowMs);
  return accept({ ...server, isStopped: true });
}

function restore(request: ApiRequest, view: View): ApiAnswer {
  const server = findServer(request, view);
  requireState(server, 'restore', ['soft-delete'], view.nowMs);
  return accept({ ...server, isSoftDeleted: false, deletedAtMs: null, goneAtMs: null });
}

const consoleBody = z.object({
  'os-getConsoleOutput': z.strictObject({
    length: z.preprocess(
      (length) => (typeof length === 'number' ? String(length) : length),
      z
        .string()
        .regex(/^-?[0-9]+$/)
        .nullish(),
    ),
  }),
});

function showConsole(request: ApiRequest, view: View): ApiAnswer {
  const { length } = readBody(consoleBody, request.body)['os-getConsoleOutput'];
  const server = findServer(request, view);
  requireHost(server, view.nowMs);
  const lines = consoleLines(server, view.nowMs);
  const count = Number(length ?? -1);
  const asked = count < 0 ? lines : lines.slice(Math.max(0, lines.length - count));
  return { status: 200, json: { output: asked.map((line) => `${line}\n`).join('') } };
}

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['lock', (request, view) => accept({ ...findServer(request, view), isLocked: true })],
  ['unlock', (request, view) => accept({ ...findServer(request, view), isLocked: false })],
  ['forceDelete', (request, view) => accept(endServer(findUnlocked(request, view), view))],
  ['restore', restore],
  ['os-start', start],
  ['os-stop', stop],
  ['reboot', reboot],
  ['os-getConsoleOutput', showConsole],
]);

/** What Nova can and this cloud does not model. */
const UNSUPPORTED = [
  'addSecurityGroup',
  'changePassword',
  'confirmResize',
  'createBackup',
  'createImage',
  'os-getVNCConsole',
  'pause',
  'rebuild',
  'removeSecurityGroup',
  'rescue',
  'resize',
  'resume',
  'revertResize',
  'shelve',
  'suspend',
  'trigger_crash_dump',
  'unpause',
  'unrescue',
  'unshelve',
];

function actionOf({ body }: ApiRequest): string | null {
  const [name, ...others] = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  return name === undefined || others.length > 0 ? null : name;
}

function act(request: ApiRequest, view: View): ApiAnswer {
  const name = actionOf(request);
  if (name === null) return novaError(400, 'Malformed request body');
  const action = ACTIONS.get(name);
  if (action !== undefined) return action(request, view);
  if (!UNSUPPORTED.includes(name)) return novaError(400, `There is no such action: ${name}`);
  findServer(request, view);
  return novaError(501, 'The requested functionality is not supported.');
}

export const actionRoutes: readonly Route[] = [
  {
    operation: 'act-on-server',
    operationOf: (request) => (actionOf(request) === 'os-getConsoleOutput' ? 'show-console' : 'act-on-server'),
    method: 'POST',
    pattern: '/v2.1/servers/:id/action',
    subject: serverOfPath,
    handle: act,
  },
];
