/** Servers: lists, looks, create, rename, delete. */
import { z } from 'zod';
import { spread } from '../chance.ts';
import { isVisible, livingServers } from '../living.ts';
import { stateOf } from '../server-life.ts';
import { put, type ServerRow } from '../world.ts';
import { readBody } from './bodies.ts';
import { answerPage, refuse, speaks } from './nova-answers.ts';
import { createServer } from './nova-create.ts';
import { findServer, findUnlocked, serverOfPath } from './nova-find.ts';
import { describeServer, nameServer } from './nova-server-body.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const STATUSES =
  /^(ACTIVE|BUILD|DELETED|ERROR|HARD_REBOOT|MIGRATING|PASSWORD|PAUSED|REBOOT|REBUILD|RESCUE|RESIZE|REVERT_RESIZE|SHELVED|SHELVED_OFFLOADED|SHUTOFF|SOFT_DELETED|SUSPENDED|UNKNOWN|VERIFY_RESIZE)$/;
const TRUE = /^(1|t|true|on|y|yes)$/i;

type Matches = (server: ServerRow) => boolean;

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch {
    return refuse(400, `Invalid input for query parameters name. Value: ${text}. '${text}' is not a 'regex'`);
  }
}

function matchTags(wanted: string, how: 'every' | 'some', isMeant: boolean): Matches {
  const tags = wanted.split(',');
  return (server) => tags[how]((tag) => server.tags.includes(tag)) === isMeant;
}

function readMoment(text: string, { nowMs, utc }: View): Matches {
  if (Number.isNaN(Date.parse(text)))
    return refuse(
      400,
      `Invalid input for query parameters changes-since. Value: ${text}. '${text}' is not a 'date-time'`,
    );
  // What happened to a server by itself is not looked up: a build that ended counts as a change.
  return ({ builtAtMs, createdAtMs }) =>
    Date.parse(utc(builtAtMs <= nowMs ? builtAtMs : createdAtMs)) >= Date.parse(text);
}

/** What a key of the query asks of a server; null for keys that ask nothing. */
function readFilter(key: string, wanted: string, request: ApiRequest, view: View): Matches | null {
  switch (key) {
    case 'name': {
      const pattern = readPattern(wanted);
      return ({ name }) => pattern.test(name);
    }
    case 'status': {
      const status = wanted.toUpperCase();
      if (!STATUSES.test(status)) return refuse(400, 'Invalid status value');
      if (status === 'DELETED') return refuse(403, 'Only administrators may list deleted instances');
      return (server) => stateOf(server, view.nowMs).status === status;
    }
    case 'all_tenants': {
      const list = request.path.endsWith('/detail') ? 'detail' : 'index';
      if (TRUE.test(wanted) || wanted === '')
        refuse(403, `Policy doesn't allow os_compute_api:servers:${list}:get_all_tenants to be performed.`);
      return null;
    }
    case 'uuid':
      return ({ id }) => id === wanted;
    case 'image':
      return ({ imageId }) => imageId === wanted;
    case 'flavor':
      return ({ flavorId }) => flavorId === wanted;
    case 'key_name':
      return ({ keyName }) => keyName === wanted;
    case 'availability_zone':
      return ({ zone }) => zone === wanted;
    case 'changes-since':
      return readMoment(wanted, view);
    case 'tags':
      return matchTags(wanted, 'every', true);
    case 'tags-any':
      return matchTags(wanted, 'some', true);
    case 'not-tags':
      return matchTags(wanted, 'every', false);
    case 'not-tags-any':
      return matchTags(wanted, 'some', false);
    default: {
      const isOther =
        /^(limit|marker|sort_key|sort_dir|deleted|soft_deleted|project_id|tenant_id|user_id|host|ip|ip6|locked|_.*)$/;
      if (speaks(request, 75) && !isOther.test(key)) refuse(400, `'${key}' does not match any of the regexes: '^_'`);
      return null;
    }
  }
}

/** The newest first; what was deleted softly is for administrators only. */
function listServers(write: (server: ServerRow, request: ApiRequest, view: View) => object): Route['handle'] {
  return (request, view) => {
    const filters = [...request.query].flatMap(([key, wanted]) => readFilter(key, wanted, request, view) ?? []);
    const servers = livingServers(view.world, view.nowMs)
      .filter((server) => isVisible(server, view.nowMs) && !server.isSoftDeleted)
      .filter((server) => filters.every((isMatch) => isMatch(server)))
      .sort((left, right) => right.createdAtMs - left.createdAtMs || (left.id < right.id ? 1 : -1));
    return answerPage('servers', servers, request, view, (server) => write(server, request, view));
  };
}

/** The row of a server whose end was accepted; it takes some seconds. */
export function endServer(server: ServerRow, { nowMs, settings }: View): ServerRow {
  const lastsMs = Math.round(4000 + spread(settings.seed, 'delete', server.name, server.id) * 4000);
  return { ...server, deletedAtMs: nowMs, goneAtMs: nowMs + lastsMs, isSoftDeleted: false };
}

function deleteServer(request: ApiRequest, view: View): ApiAnswer {
  const server = findUnlocked(request, view);
  // Asked again, Nova goes on with what it does: a delete that hangs stays so, one softly deleted waits.
  if (server.deletedAtMs !== null || server.isSoftDeleted) return { status: 204 };
  return { status: 204, changes: [put('server', server.id, endServer(server, view))] };
}

const update = z.strictObject({
  server: z.strictObject({
    name: z.string().min(1).max(255).optional(),
    description: z.string().nullish(),
    hostname: z.string().optional(),
    accessIPv4: z.string().optional(),
    accessIPv6: z.string().optional(),
    'OS-DCF:diskConfig': z.string().optional(),
  }),
});

function updateServer(request: ApiRequest, view: View): ApiAnswer {
  const { server: wanted } = readBody(update, request.body);
  const server = findServer(request, view);
  const renamed = { ...server, name: wanted.name ?? server.name };
  return {
    status: 200,
    json: { server: describeServer(renamed, request, view) },
    changes: [put('server', server.id, renamed)],
  };
}

const named = z.object({ server: z.object({ name: z.string() }) });

export const serverRoutes: readonly Route[] = [
  {
    operation: 'list-servers',
    method: 'GET',
    pattern: '/v2.1/servers',
    handle: listServers((server, _request, view) => nameServer(server, view)),
  },
  { operation: 'list-servers', method: 'GET', pattern: '/v2.1/servers/detail', handle: listServers(describeServer) },
  {
    operation: 'create-server',
    method: 'POST',
    pattern: '/v2.1/servers',
    subject: ({ body }) => named.safeParse(body).data?.server.name ?? '',
    handle: createServer,
  },
  {
    operation: 'show-server',
    method: 'GET',
    pattern: '/v2.1/servers/:id',
    subject: serverOfPath,
    handle: (request, view) => ({
      status: 200,
      json: { server: describeServer(findServer(request, view), request, view) },
    }),
  },
  {
    operation: 'update-server',
    method: 'PUT',
    pattern: '/v2.1/servers/:id',
    subject: serverOfPath,
    handle: updateServer,
  },
  {
    operation: 'delete-server',
    method: 'DELETE',
    pattern: '/v2.1/servers/:id',
    subject: serverOfPath,
    handle: deleteServer,
  },
];
