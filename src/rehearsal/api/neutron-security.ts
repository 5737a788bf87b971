/** Security groups of the rehearsal cloud. https://docs.openstack.org/api-ref/network/v2/#security-groups-security-groups */
import { DEFAULT_GROUP } from '../base-networks.ts';
import { isVisible } from '../living.ts';
import { type Change, put, remove, type SecurityGroupRow, type SecurityGroupRuleRow } from '../world.ts';
import { type Form, nameInBody, read, readCreate, readUpdate } from './neutron-attributes.ts';
import { NeutronFault } from './neutron-fault.ts';
import { answerList, answerShow, type Collection, type Shown, standardAttributes } from './neutron-listing.ts';
import { checkQuota } from './neutron-quotas.ts';
import { describeRule } from './neutron-rule-view.ts';
import { groupsOf, portsOf, rulesOf } from './neutron-world.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const GROUPS: Collection = {
  key: 'security_group',
  filters: ['shared'],
  notFound: (id) => new NeutronFault(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`),
};

const READERS = { name: read.text, description: read.text, stateful: read.oneOf([true]) };

const FORM: Form<typeof READERS> = {
  key: 'security_group',
  readers: READERS,
  required: [],
  fixed: [],
  readOnly: ['id', 'tags', 'shared', 'security_group_rules', 'created_at', 'updated_at', 'revision_number'],
  adminOnly: [],
};

function describeGroup(group: SecurityGroupRow, rules: readonly SecurityGroupRuleRow[], view: View): Shown {
  return {
    id: group.id,
    name: group.name,
    stateful: true,
    shared: false,
    security_group_rules: rules.filter(({ groupId }) => groupId === group.id).map((rule) => describeRule(rule, view)),
    ...standardAttributes(view, group),
  };
}

function visibleGroups(view: View): readonly Shown[] {
  const rules = rulesOf(view);
  return groupsOf(view).flatMap((group) => (isVisible(group, view.nowMs) ? [describeGroup(group, rules, view)] : []));
}

function findGroup({ params }: ApiRequest, view: View): SecurityGroupRow {
  const group = groupsOf(view).find(({ id }) => id === params['id']);
  if (group === undefined) throw GROUPS.notFound(params['id'] ?? '');
  return group;
}

/** Every project has one of that name, and no second. */
function checkName(name: string | undefined): void {
  if (name?.toLowerCase() === DEFAULT_GROUP.name)
    throw new NeutronFault(409, 'SecurityGroupDefaultAlreadyExists', 'Default security group already exists.');
}

/** What lets servers of a new group reach out. */
function makeEgressRules(groupId: string, view: View): readonly SecurityGroupRuleRow[] {
  return (['IPv4', 'IPv6'] as const).map((etherType) => ({
    id: view.uuid(),
    groupId,
    direction: 'egress',
    etherType,
    protocol: null,
    portMin: null,
    portMax: null,
    remoteGroupId: null,
    remoteCidr: null,
    description: '',
    createdAtMs: view.nowMs,
  }));
}

function createGroup(request: ApiRequest, view: View): ApiAnswer {
  const values = readCreate(request, FORM);
  checkQuota(view, 'security_group');
  checkName(values.name);
  const group: SecurityGroupRow = {
    id: view.uuid(),
    name: values.name ?? '',
    description: values.description ?? '',
    tags: [],
    createdAtMs: view.nowMs,
    visibleAtMs: view.nowMs,
  };
  const rules = makeEgressRules(group.id, view);
  return {
    status: 201,
    json: { security_group: describeGroup(group, rules, view) },
    changes: [
      put('security-group', group.id, group),
      ...rules.map((rule) => put('security-group-rule', rule.id, rule)),
    ],
  };
}

function updateGroup(request: ApiRequest, view: View): ApiAnswer {
  const group = findGroup(request, view);
  const values = readUpdate(request, FORM);
  if (group.id === DEFAULT_GROUP.id && values.name !== undefined)
    throw new NeutronFault(409, 'SecurityGroupCannotUpdateDefault', 'Updating default security group not allowed.');
  checkName(values.name);
  const updated = { ...group, name: values.name ?? group.name, description: values.description ?? group.description };
  return {
    status: 200,
    json: { security_group: describeGroup(updated, rulesOf(view), view) },
    changes: [put('security-group', group.id, updated)],
  };
}

/** Its rules go with it, and those of other groups that let its members in. */
function deleteGroup(request: ApiRequest, view: View): ApiAnswer {
  const group = findGroup(request, view);
  if (portsOf(view).some(({ securityGroupIds }) => securityGroupIds.includes(group.id)))
    throw new NeutronFault(409, 'SecurityGroupInUse', `Security Group ${group.id} in use.`);
  if (group.id === DEFAULT_GROUP.id)
    throw new NeutronFault(
      409,
      'SecurityGroupCannotRemoveDefault',
      'Insufficient rights for removing default security group.',
    );
  const rules = rulesOf(view).filter(({ groupId, remoteGroupId }) => [groupId, remoteGroupId].includes(group.id));
  const changes: Change[] = [
    ...rules.map((rule) => remove('security-group-rule', rule.id)),
    remove('security-group', group.id),
  ];
  return { status: 204, changes };
}

function nameOfGroup({ params }: ApiRequest, view: View): string {
  return groupsOf(view).find(({ id }) => id === params['id'])?.name ?? '';
}

const ALL = '/v2.0/security-groups';
const ONE = `${ALL}/:id`;

export const SECURITY_GROUP_ROUTES: readonly Route[] = [
  {
    operation: 'list-security-groups',
    method: 'GET',
    pattern: ALL,
    handle: (request, view) => answerList(GROUPS, visibleGroups(view), request, view),
  },
  {
    operation: 'create-security-group',
    method: 'POST',
    pattern: ALL,
    subject: (request) => nameInBody(request, 'security_group'),
    handle: createGroup,
  },
  {
    operation: 'show-security-group',
    method: 'GET',
    pattern: ONE,
    subject: nameOfGroup,
    handle: (request, view) => answerShow(GROUPS, visibleGroups(view), request),
  },
  { operation: 'update-security-group', method: 'PUT', pattern: ONE, subject: nameOfGroup, handle: updateGroup },
  { operation: 'delete-security-group', method: 'DELETE', pattern: ONE, subject: nameOfGroup, handle: deleteGroup },
];
