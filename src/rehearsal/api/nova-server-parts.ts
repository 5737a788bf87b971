/** What hangs on a server: its metadata and tags, its ports, groups, volumes and the record of what was done to it. */
import { z } from 'zod';
import { ACCOUNT } from '../account.ts';
import { stateOf } from '../server-life.ts';
import { type Change, put, type SecurityGroupRuleRow, type ServerRow } from '../world.ts';
import { readBody } from './bodies.ts';
import { groupsOf, rulesOf } from './neutron-world.ts';
import { novaError, refuse, speaks } from './nova-answers.ts';
import { metadata, tag } from './nova-create-body.ts';
import { findServer, findUnlocked, requireState, serverOfPath } from './nova-find.ts';
import { attachedPorts } from './nova-server-body.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const metadataBody = z.strictObject({ metadata });
const metaBody = z.strictObject({ meta: metadata });
const tagsBody = z.strictObject({ tags: z.array(tag).max(50) });

/** Throws a `Refusal` where Nova lets nobody change metadata. */
function findChangeable(request: ApiRequest, view: View, action: string): ServerRow {
  const server = findUnlocked(request, view);
  requireState(server, action, ['active', 'stopped'], view.nowMs);
  return server;
}

function answerMetadata(server: ServerRow, changed: Readonly<Record<string, string>>, shown: object): ApiAnswer {
  return { status: 200, json: shown, changes: [put('server', server.id, { ...server, metadata: changed })] };
}

function updateMetadata(request: ApiRequest, view: View, keepsOthers: boolean): ApiAnswer {
  const { metadata: given } = readBody(metadataBody, request.body);
  const server = findChangeable(request, view, 'update metadata');
  const changed = keepsOthers ? { ...server.metadata, ...given } : given;
  return answerMetadata(server, changed, { metadata: changed });
}

function setMetadataItem(request: ApiRequest, view: View): ApiAnswer {
  const { meta } = readBody(metaBody, request.body);
  const key = request.params['key'] ?? '';
  const value = meta[key] ?? refuse(400, 'Request body and URI mismatch');
  const server = findChangeable(request, view, 'update metadata');
  return answerMetadata(server, { ...server.metadata, [key]: value }, { meta: { [key]: value } });
}

function metadataItem(server: ServerRow, { params }: ApiRequest): readonly [key: string, value: string] {
  const key = params['key'] ?? '';
  return [key, server.metadata[key] ?? refuse(404, 'Metadata item was not found')];
}

function deleteMetadataItem(request: ApiRequest, view: View): ApiAnswer {
  const server = findChangeable(request, view, 'delete metadata');
  const [gone] = metadataItem(server, request);
  const rest = Object.fromEntries(Object.entries(server.metadata).filter(([key]) => key !== gone));
  return { status: 204, changes: [put('server', server.id, { ...server, metadata: rest })] };
}

function setTags(server: ServerRow, tags: readonly string[]): readonly Change[] {
  return [put('server', server.id, { ...server, tags })];
}

function replaceTags(request: ApiRequest, view: View): ApiAnswer {
  const { tags } = readBody(tagsBody, request.body);
  const server = findServer(request, view);
  return { status: 200, json: { tags }, changes: setTags(server, [...new Set(tags)]) };
}

function addTag(request: ApiRequest, view: View): ApiAnswer {
  const server = findServer(request, view);
  const given = request.params['tag'] ?? '';
  if (!tag.safeParse(given).success)
    return novaError(400, `Tag '${given}' is invalid. It must be a non empty string without characters '/' and ','.`);
  if (server.tags.includes(given)) return { status: 204 };
  const headers = { Location: `${view.url}/compute/v2.1/servers/${server.id}/tags/${given}` };
  return { status: 201, headers, changes: setTags(server, [...server.tags, given]) };
}

/** The server and the tag of the path, which it must have. */
function findTag(request: ApiRequest, view: View): readonly [server: ServerRow, tag: string] {
  const server = findServer(request, view);
  const wanted = request.params['tag'] ?? '';
  return server.tags.includes(wanted) ? [server, wanted] : refuse(404, `Server ${server.id} has no tag '${wanted}'`);
}

function deleteTag(request: ApiRequest, view: View): ApiAnswer {
  const [server, gone] = findTag(request, view);
  return {
    status: 204,
    changes: setTags(
      server,
      server.tags.filter((kept) => kept !== gone),
    ),
  };
}

function listInterfaces(request: ApiRequest, view: View): ApiAnswer {
  const server = findServer(request, view);
  const isUp = stateOf(server, view.nowMs).status === 'ACTIVE';
  const attachments = attachedPorts(server, view).map((port) => ({
    net_id: port.networkId,
    port_id: port.id,
    mac_addr: port.macAddress,
    port_state: isUp ? 'ACTIVE' : 'DOWN',
    fixed_ips: port.fixedIps,
    tag: speaks(request, 70) ? null : undefined,
  }));
  return { status: 200, json: { interfaceAttachments: attachments } };
}

/** A rule in the form that Nova had before there was Neutron. */
function describeRule(rule: SecurityGroupRuleRow, view: View): object {
  const remote = groupsOf(view).find(({ id }) => id === rule.remoteGroupId);
  const cidr = rule.remoteCidr ?? (rule.etherType === 'IPv4' ? '0.0.0.0/0' : '::/0');
  return {
    id: rule.id,
    parent_group_id: rule.groupId,
    ip_protocol: rule.protocol,
    from_port: rule.portMin ?? (rule.protocol === null ? null : -1),
    to_port: rule.portMax ?? (rule.protocol === null ? null : -1),
    group: remote === undefined ? {} : { name: remote.name, tenant_id: ACCOUNT.project.id },
    ip_range: remote === undefined ? { cidr } : {},
  };
}

function listGroups(request: ApiRequest, view: View): ApiAnswer {
  const ids = attachedPorts(findServer(request, view), view).flatMap(({ securityGroupIds }) => securityGroupIds);
  const rules = rulesOf(view).filter(({ direction }) => direction === 'ingress');
  const groups = groupsOf(view)
    .filter(({ id }) => ids.includes(id))
    .map(({ id, name, description }) => ({
      id,
      name,
      description,
      tenant_id: ACCOUNT.project.id,
      rules: rules.filter(({ groupId }) => groupId === id).map((rule) => describeRule(rule, view)),
    }));
  return { status: 200, json: { security_groups: groups } };
}

function listActions(request: ApiRequest, view: View): ApiAnswer {
  const server = findServer(request, view);
  const moment = (modelMs: number): string => view.utc(modelMs).replace('Z', '.000000');
  const create = {
    action: 'create',
    instance_uuid: server.id,
    request_id: `req-${server.firstBootId}`,
    user_id: ACCOUNT.user.id,
    project_id: ACCOUNT.project.id,
    start_time: moment(server.createdAtMs),
    message: null,
    ...(speaks(request, 58) ? { updated_at: moment(Math.min(view.nowMs, server.builtAtMs)) } : {}),
  };
  return { status: 200, json: { instanceActions: [create] } };
}

function ofServer(operation: string, method: Route['method'], path: string, handle: Route['handle']): Route {
  return { operation, method, pattern: `/v2.1/servers/:id/${path}`, subject: serverOfPath, handle };
}

export const serverPartRoutes: readonly Route[] = [
  ofServer('list-server-metadata', 'GET', 'metadata', (request, view) => ({
    status: 200,
    json: { metadata: findServer(request, view).metadata },
  })),
  ofServer('update-server-metadata', 'POST', 'metadata', (request, view) => updateMetadata(request, view, true)),
  ofServer('update-server-metadata', 'PUT', 'metadata', (request, view) => updateMetadata(request, view, false)),
  ofServer('show-server-metadata', 'GET', 'metadata/:key', (request, view) => {
    const [key, value] = metadataItem(findServer(request, view), request);
    return { status: 200, json: { meta: { [key]: value } } };
  }),
  ofServer('update-server-metadata', 'PUT', 'metadata/:key', setMetadataItem),
  ofServer('delete-server-metadata', 'DELETE', 'metadata/:key', deleteMetadataItem),
  ofServer('list-server-tags', 'GET', 'tags', (request, view) => ({
    status: 200,
    json: { tags: findServer(request, view).tags },
  })),
  ofServer('update-server-tags', 'PUT', 'tags', replaceTags),
  ofServer('delete-server-tags', 'DELETE', 'tags', (request, view) => ({
    status: 204,
    changes: setTags(findServer(request, view), []),
  })),
  ofServer('show-server-tag', 'GET', 'tags/:tag', (request, view) => {
    findTag(request, view);
    return { status: 204 };
  }),
  ofServer('update-server-tags', 'PUT', 'tags/:tag', addTag),
  ofServer('delete-server-tags', 'DELETE', 'tags/:tag', deleteTag),
  ofServer('list-server-interfaces', 'GET', 'os-interface', listInterfaces),
  ofServer('list-server-security-groups', 'GET', 'os-security-groups', listGroups),
  ofServer('list-server-actions', 'GET', 'os-instance-actions', listActions),
  ofServer('list-server-volumes', 'GET', 'os-volume_attachments', (request, view) => {
    findServer(request, view);
    return { status: 200, json: { volumeAttachments: [] } };
  }),
];
