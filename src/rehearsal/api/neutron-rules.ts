/** Rules of security groups. https://docs.openstack.org/api-ref/network/v2/#security-group-rules-security-group-rules */
import { isVisible } from '../living.ts';
import { put, remove, type SecurityGroupRuleRow } from '../world.ts';
import { readPrefix } from './addresses.ts';
import { type Form, read, readCreate } from './neutron-attributes.ts';
import { disallowed, NeutronFault } from './neutron-fault.ts';
import { answerList, answerShow, type Collection, type Shown } from './neutron-listing.ts';
import { checkPorts, protocolFor, protocolNumber, readPort, readProtocol } from './neutron-protocols.ts';
import { checkQuota } from './neutron-quotas.ts';
import { describeRule } from './neutron-rule-view.ts';
import { groupsOf, rulesOf } from './neutron-world.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const RULES: Collection = {
  key: 'security_group_rule',
  filters: [
    'security_group_id',
    'ethertype',
    'direction',
    'protocol',
    'port_range_min',
    'port_range_max',
    'remote_ip_prefix',
    'remote_group_id',
  ],
  notFound: (id) => new NeutronFault(404, 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`),
};

function readEtherType(value: unknown): 'IPv4' | 'IPv6' {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.toLowerCase() === 'ipv4') return 'IPv4';
  if (text.toLowerCase() === 'ipv6') return 'IPv6';
  throw new NeutronFault(
    400,
    'SecurityGroupRuleInvalidEtherType',
    `Security group rule for ethertype '${text}' not supported. Allowed values are ['IPv4', 'IPv6'].`,
  );
}

function readRemoteCidr(value: unknown): string | null {
  if (value === null) return null;
  const prefix = typeof value === 'string' ? readPrefix(value) : null;
  if (prefix !== null) return prefix.given;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  throw new NeutronFault(400, 'InvalidCIDR', `Invalid CIDR ${text} given as IP prefix.`);
}

const READERS = {
  security_group_id: read.text,
  direction: read.oneOf(['ingress', 'egress'] as const),
  ethertype: readEtherType,
  protocol: readProtocol,
  port_range_min: readPort,
  port_range_max: readPort,
  remote_group_id: (value: unknown, name: string): string | null => (value === null ? null : read.text(value, name)),
  remote_ip_prefix: readRemoteCidr,
  remote_address_group_id: read.nothing,
  description: read.text,
};

const FORM: Form<typeof READERS> = {
  key: 'security_group_rule',
  readers: READERS,
  required: ['security_group_id', 'direction'],
  fixed: [],
  readOnly: ['id', 'tags', 'normalized_cidr', 'created_at', 'updated_at', 'revision_number'],
  adminOnly: [],
};

/** What makes two rules one: the whole of an address family is the same as no prefix. */
function meaningOf(rule: SecurityGroupRuleRow): string {
  const isEverywhere = rule.remoteCidr === '0.0.0.0/0' || rule.remoteCidr === '::/0';
  return JSON.stringify([
    rule.groupId,
    rule.direction,
    rule.etherType,
    protocolNumber(rule.protocol),
    rule.portMin,
    rule.portMax,
    rule.remoteGroupId,
    isEverywhere ? null : rule.remoteCidr,
  ]);
}

function checkRemote({ remoteCidr, remoteGroupId, etherType }: SecurityGroupRuleRow): void {
  if (remoteCidr === null) return;
  if (remoteGroupId !== null)
    throw new NeutronFault(
      400,
      // Neutron's own spelling.
      'SecurityGroupMultipleRemoteEntites',
      'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
    );
  if (readPrefix(remoteCidr)?.family !== etherType)
    throw new NeutronFault(
      400,
      'SecurityGroupRuleParameterConflict',
      `Conflicting value ethertype ${etherType} for CIDR ${remoteCidr}`,
    );
}

function checkGroups({ groupId, remoteGroupId }: SecurityGroupRuleRow, view: View): void {
  const known = groupsOf(view).map(({ id }) => id);
  for (const id of [groupId, remoteGroupId])
    if (id !== null && !known.includes(id))
      throw new NeutronFault(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`);
}

function readRule(request: ApiRequest, view: View): SecurityGroupRuleRow {
  const values = readCreate(request, FORM);
  const etherType = values.ethertype ?? 'IPv4';
  const [protocol, portMin, portMax] = [
    values.protocol ?? null,
    values.port_range_min ?? null,
    values.port_range_max ?? null,
  ];
  checkPorts({ protocol, min: portMin, max: portMax });
  return {
    id: view.uuid(),
    groupId: values.security_group_id ?? '',
    direction: values.direction ?? 'ingress',
    etherType,
    protocol: protocolFor(etherType, protocol),
    portMin,
    portMax,
    remoteGroupId: values.remote_group_id ?? null,
    remoteCidr: values.remote_ip_prefix ?? null,
    description: values.description ?? '',
    createdAtMs: view.nowMs,
  };
}

function createRule(request: ApiRequest, view: View): ApiAnswer {
  const rule = readRule(request, view);
  checkRemote(rule);
  checkGroups(rule, view);
  checkQuota(view, 'security_group_rule');
  const same = rulesOf(view).find((other) => meaningOf(other) === meaningOf(rule));
  if (same !== undefined)
    throw new NeutronFault(
      409,
      'SecurityGroupRuleExists',
      `Security group rule already exists. Rule id is ${same.id}.`,
    );
  return {
    status: 201,
    json: { security_group_rule: describeRule(rule, view) },
    changes: [put('security-group-rule', rule.id, rule)],
  };
}

/** The four rules that the default group has from the start stand in no ledger, so they stay. */
function deleteRule({ params }: ApiRequest, view: View): ApiAnswer {
  const id = params['id'] ?? '';
  if (!rulesOf(view).some((rule) => rule.id === id)) throw RULES.notFound(id);
  if (!view.world['security-group-rule'].has(id)) throw disallowed('rule:delete_security_group_rule');
  return { status: 204, changes: [remove('security-group-rule', id)] };
}

function visibleRules(view: View): readonly Shown[] {
  const groups = new Set(groupsOf(view).flatMap((group) => (isVisible(group, view.nowMs) ? [group.id] : [])));
  return rulesOf(view).flatMap((rule) => (groups.has(rule.groupId) ? [describeRule(rule, view)] : []));
}

/** A rule has no name of its own: it goes by that of its group. */
function nameOfGroup(groupId: string | undefined, view: View): string {
  return groupsOf(view).find(({ id }) => id === groupId)?.name ?? '';
}

function nameOfRule({ params }: ApiRequest, view: View): string {
  return nameOfGroup(rulesOf(view).find(({ id }) => id === params['id'])?.groupId, view);
}

function nameInCreate({ body }: ApiRequest, view: View): string {
  const rule = (body as Record<string, Record<string, unknown> | null> | null)?.['security_group_rule'];
  const groupId = rule?.['security_group_id'];
  return typeof groupId === 'string' ? nameOfGroup(groupId, view) : '';
}

const ALL = '/v2.0/security-group-rules';
const ONE = `${ALL}/:id`;

export const SECURITY_GROUP_RULE_ROUTES: readonly Route[] = [
  {
    operation: 'list-security-group-rules',
    method: 'GET',
    pattern: ALL,
    handle: (request, view) => answerList(RULES, visibleRules(view), request, view),
  },
  { operation: 'create-security-group-rule', method: 'POST', pattern: ALL, subject: nameInCreate, handle: createRule },
  {
    operation: 'show-security-group-rule',
    method: 'GET',
    pattern: ONE,
    subject: nameOfRule,
    handle: (request, view) => answerShow(RULES, visibleRules(view), request),
  },
  { operation: 'delete-security-group-rule', method: 'DELETE', pattern: ONE, subject: nameOfRule, handle: deleteRule },
];
