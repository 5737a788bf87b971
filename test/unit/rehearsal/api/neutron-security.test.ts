/** Neutron's promises about security groups and their rules. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT, idOf, QUOTAS } from '../../../../src/rehearsal/account.ts';
import { DEFAULT_GROUP } from '../../../../src/rehearsal/base-networks.ts';
import { applyChanges, put } from '../../../../src/rehearsal/world.ts';
import { type Item, NeutronCalls, NOBODY, refusal } from './neutron-calls.ts';

const RULES = '/v2.0/security-group-rules';
const SSH = { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 22, port_range_max: 22 };

class Groups extends NeutronCalls {
  constructor() {
    super('security_group', 'security-groups');
  }

  addRule(attributes: object) {
    return this.call('POST', RULES, { body: { security_group_rule: { ...SSH, ...attributes } } });
  }

  addedRule(attributes: object): Item {
    const answer = this.addRule(attributes);
    expect(answer.status, JSON.stringify(answer.json)).toBe(201);
    return (answer.json as { security_group_rule: Item }).security_group_rule;
  }
}

describe('a security group', () => {
  test('is made with two rules that let everything out', () => {
    const groups = new Groups();
    const group = groups.made({ name: 'cluster', description: 'a mark' });
    expect(group).toMatchObject({
      name: 'cluster',
      description: 'a mark',
      stateful: true,
      shared: false,
      tags: [],
      project_id: ACCOUNT.project.id,
      tenant_id: ACCOUNT.project.id,
      created_at: '2026-03-01T12:00:00Z',
    });
    expect(group.security_group_rules).toMatchObject([
      { direction: 'egress', ethertype: 'IPv4', protocol: null, security_group_id: group.id, remote_ip_prefix: null },
      { direction: 'egress', ethertype: 'IPv6', protocol: null, security_group_id: group.id, remote_ip_prefix: null },
    ]);
    expect(groups.show(group.id)).toEqual(group);
  });

  test('can be renamed, and shares its name with others', () => {
    const groups = new Groups();
    const [first, second] = [groups.made({ name: 'twin' }), groups.made({ name: 'twin' })];
    expect(groups.list('name=twin')).toHaveLength(2);
    expect(groups.updated(first.id, { name: 'other', description: 'new' })).toMatchObject({ description: 'new' });
    expect(groups.list('name=twin')).toMatchObject([{ id: second.id }]);
  });

  test('is in use while a port has it, and goes with its rules', () => {
    const groups = new Groups();
    const { id } = groups.made({ name: 'cluster' });
    const other = groups.made({ name: 'other' });
    groups.addedRule({ security_group_id: other.id, remote_group_id: id });
    const port = groups.madePort({ security_groups: [id] });
    expect(groups.remove(id)).toEqual(refusal(`409 SecurityGroupInUse: Security Group ${id} in use.`));
    groups.call('DELETE', `/v2.0/ports/${port.id}`);
    expect(groups.remove(id).status).toBe(204);
    expect(groups.look(id)).toEqual(refusal(`404 SecurityGroupNotFound: Security group ${id} does not exist`));
    expect(groups.json('GET', `${RULES}?security_group_id=${id}`)).toEqual({ security_group_rules: [] });
    expect(groups.show(other.id).security_group_rules).toHaveLength(2);
  });

  test('that cannot be seen yet can be used, and counts', () => {
    const groups = new Groups();
    const { id } = groups.made({ name: 'late' });
    const row = groups.world['security-group'].get(id)!;
    applyChanges(groups.world, [put('security-group', id, { ...row, visibleAtMs: 5000 })]);
    expect(groups.look(id).status).toBe(404);
    expect(groups.json('GET', `${RULES}?security_group_id=${id}`)).toEqual({ security_group_rules: [] });
    expect(groups.madePort({ security_groups: [id] }).security_groups).toEqual([id]);
    groups.settings = { seed: 1, quotas: { ...QUOTAS, securityGroups: 2 } };
    expect(groups.create({ name: 'more' }).status).toBe(409);
    groups.nowMs = 5000;
    expect(groups.show(id).name).toBe('late');
  });

  test.each<[string, object, string]>([
    [
      'named default',
      { name: 'default' },
      '409 SecurityGroupDefaultAlreadyExists: Default security group already exists.',
    ],
    [
      'with a number for its name',
      { name: 5 },
      "400 HTTPBadRequest: Invalid input for name. Reason: '5' is not a valid string.",
    ],
    ['with an unknown attribute', { foo: 1 }, "400 HTTPBadRequest: Unrecognized attribute(s) 'foo'"],
    ['with tags', { tags: ['x'] }, "400 HTTPBadRequest: Attribute 'tags' not allowed in POST"],
  ])('is refused %s', (_what, attributes, text) => {
    expect(new Groups().create(attributes)).toEqual(refusal(text));
  });

  test('is refused over quota', () => {
    const groups = new Groups();
    groups.settings = { seed: 1, quotas: { ...QUOTAS, securityGroups: 2 } };
    groups.made({ name: 'last' });
    expect(groups.create({ name: 'more' })).toEqual(
      refusal("409 OverQuota: Quota exceeded for resources: ['security_group']."),
    );
  });

  test('that is unknown is neither changed nor deleted', () => {
    const text = `404 SecurityGroupNotFound: Security group ${NOBODY} does not exist`;
    expect(new Groups().update(NOBODY, { name: 'x' })).toEqual(refusal(text));
    expect(new Groups().remove(NOBODY)).toEqual(refusal(text));
  });
});

describe('the default group', () => {
  test('is there from the start with its four rules', () => {
    expect(new Groups().show(DEFAULT_GROUP.id)).toMatchObject({
      name: 'default',
      description: 'Default security group',
      security_group_rules: [
        { direction: 'egress', ethertype: 'IPv4', remote_group_id: null },
        { direction: 'egress', ethertype: 'IPv6', remote_group_id: null },
        { direction: 'ingress', ethertype: 'IPv4', remote_group_id: DEFAULT_GROUP.id },
        { direction: 'ingress', ethertype: 'IPv6', remote_group_id: DEFAULT_GROUP.id },
      ],
    });
  });

  test('keeps its name and its first rules, and stays', () => {
    const groups = new Groups();
    expect(groups.remove(DEFAULT_GROUP.id)).toEqual(
      refusal('409 SecurityGroupCannotRemoveDefault: Insufficient rights for removing default security group.'),
    );
    expect(groups.update(DEFAULT_GROUP.id, { name: 'x' })).toEqual(
      refusal('409 SecurityGroupCannotUpdateDefault: Updating default security group not allowed.'),
    );
    expect(groups.update(groups.made({ name: 'x' }).id, { name: 'default' })).toEqual(
      refusal('409 SecurityGroupDefaultAlreadyExists: Default security group already exists.'),
    );
    expect(groups.call('DELETE', `${RULES}/${idOf('default rule egress IPv4')}`)).toEqual(
      refusal('403 PolicyNotAuthorized: rule:delete_security_group_rule is disallowed by policy'),
    );
    expect(groups.updated(DEFAULT_GROUP.id, { description: 'changed' })).toMatchObject({ description: 'changed' });
    expect(groups.list('name=default')).toMatchObject([{ description: 'changed' }]);
  });

  test('takes more rules', () => {
    const groups = new Groups();
    groups.addedRule({ security_group_id: DEFAULT_GROUP.id });
    expect(groups.show(DEFAULT_GROUP.id).security_group_rules).toHaveLength(5);
  });
});
