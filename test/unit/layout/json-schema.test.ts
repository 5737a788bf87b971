/** The JSON Schema says to editors what the reader says to people, and never more. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { layoutJsonSchema } from '../../../src/layout/json-schema.ts';
import { problemsOf, SMALL } from './small-layout.ts';

const ajv = new Ajv({ allowUnionTypes: true, strict: true });
const validate = ajv.compile(layoutJsonSchema());

/** Places of a layout, and what somebody may write there. */
const PLACES = `
name devstack devstack.repo devstack.ref devstack.git_base defaults defaults.image defaults.user defaults.zone network.name
network.fixed_range network.floating_range network.overlay network.overlay_range localrc localrc.GIT_DEPTH services groups.compute.count groups.compute.compute
config config.post-config config.post-config.$NOVA_CONF config.post-config.$NOVA_CONF.DEFAULT.a
groups.compute.config groups.compute.flavor groups.compute.localrc groups.compute.services groups.compute.services.add`;
const WRITTEN = `
1
0.10
true
null
small
stable/2026.1
2026.1
10.9.0.0/16
10.9.0.0/26
[a]
{}
""
https://git/devstack
git://git
"\\u00e9"
"a b"
a@b
{add: [n-cpu], remove: }
{A: 1}`;

/** What an editor would underline. */
function underlined(text: string): readonly string[] {
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, keyword }: ErrorObject) => `${keyword} ${instancePath}`);
}

/** A small layout with a line of one's own at its top. */
function withLine(line: string): string {
  return `${line}\n${SMALL.replace('localrc:\n  GIT_DEPTH: 1\n', '')}`;
}

test.each([...readdirSync('layouts').filter((name) => name.endsWith('.yaml')), '../test/layouts/real-multinode.yaml'])(
  'layouts/%s has nothing underlined',
  (name) => {
    expect(underlined(readFileSync(`layouts/${name}`, 'utf8'))).toEqual([]);
  },
);

test('every key tells what it is', () => {
  const bare: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    const { properties = {}, additionalProperties } = schema as Record<string, Record<string, object>>;
    for (const [key, value] of Object.entries(properties)) {
      if (!('description' in value)) bare.push(`${path}${key}`);
      walk(value, `${path}${key}.`);
    }
    if (typeof additionalProperties === 'object') walk(additionalProperties, `${path}*.`);
  };
  walk(layoutJsonSchema(), '');
  expect(bare, 'describe these keys in src/layout/schema.ts').toEqual([]);
});

describe('what the reader refuses is underlined', () => {
  test.each([
    ['an unknown key', withLine('verison: 1'), 'additionalProperties '],
    ['a version of another grammar', SMALL.replace('version: 1', 'version: 2'), 'const /version'],
    ['no name', SMALL.replace('name: small\n', ''), 'required '],
    ['a name that no host can have', SMALL.replace('name: small', 'name: Small'), 'pattern /name'],
    ['an unknown role', SMALL.replace('role: compute', 'role: computer'), 'enum /groups/compute/role'],
    ['a group without a role', SMALL.replace('{role: compute, count: 2}', ''), 'type /groups/compute'],
    ['a group that no host can be named after', SMALL.replace('  compute:', '  Compute:'), 'pattern /groups'],
    ['more nodes than there can be', SMALL.replace('count: 2', 'count: 251'), 'maximum /groups/compute/count'],
    ['a number in words', SMALL.replace('count: 2', 'count: two'), 'type /groups/compute/count'],
    ['a URL with a password', withLine('devstack: {repo: "https://me:x@git/devstack"}'), 'pattern /devstack/repo'],
    ['a URL of another kind', withLine('devstack: {git_base: "ssh://git"}'), 'pattern /devstack/git_base'],
    ['a ref that git has not', withLine('devstack: {ref: "a..b"}'), 'pattern /devstack/ref'],
    ['no network', withLine('network: {fixed_range: 10.1.0.0}'), 'pattern /network/fixed_range'],
    ['a network too small', withLine('network: {fixed_range: 10.1.0.0/27}'), 'pattern /network/fixed_range'],
    ['a user that nobody is', withLine('defaults: {user: "root; rm"}'), 'pattern /defaults/user'],
    ['a password in localrc', withLine('localrc: {ADMIN_PASSWORD: x1}'), 'pattern /localrc'],
    ['a key of ours in localrc', withLine('localrc: {HOST_IP: 10.0.0.1}'), 'pattern /localrc'],
    ['a key of bash in localrc', withLine('localrc: {PATH: /bin}'), 'pattern /localrc'],
    ['a localrc key in small letters', withLine('localrc: {git_depth: 1}'), 'pattern /localrc'],
    ['a localrc key without a value', withLine('localrc: {GIT_DEPTH: }'), 'type /localrc/GIT_DEPTH'],
    ['a place for a secret', withLine("localrc: {A: '{{secret:x}}'}"), 'pattern /localrc/A'],
    ['a phase DevStack has not', withLine('config: {post-conf: {}}'), 'additionalProperties /config'],
    ['a file that is no path', withLine('config: {extra: {nova.conf: {}}}'), 'pattern /config/extra'],
    ['a plugin without a repository', withLine('plugins: [{name: heat}]'), 'required /plugins/0'],
    ['a change that is a list', withLine('changes: [[nova]]'), 'type /changes/0'],
    ['a control character', withLine('defaults: {image: "a\\u0007"}'), 'pattern /defaults/image'],
    ['a service of two words', withLine('services: {add: [a b]}'), 'pattern /services/add/0'],
  ])('%s', (_what, text, place) => {
    expect(problemsOf(text)).not.toEqual([]);
    expect(underlined(text)).toContain(place);
  });
});

describe('what the reader takes is left alone', () => {
  test.each([
    ['a number where text is wanted', 'localrc: {GIT_DEPTH: 1, CIRROS_VERSION: 0.10, VERBOSE: True}'],
    ['a flavor whose name is a number', 'defaults: {flavor: 2}'],
    ['a key with nothing behind it', 'defaults: {image: , user: }'],
    ['a mapping with nothing in it', 'network:'],
    ['a list with nothing in it', 'services: {add: }'],
    ['lower case for a proxy', 'localrc: {no_proxy: localhost}'],
    ['a folder as repository', 'devstack: {repo: "file:///srv/git/devstack.git", ref: refs/heads/a_b+c}'],
    ['a user before a path', 'devstack: {repo: "https://git/~me@home/devstack"}'],
  ])('%s', (_what, line) => {
    expect(problemsOf(withLine(line))).toEqual([]);
    expect(underlined(withLine(line))).toEqual([]);
  });

  test('whatever it is', () => {
    const value = fc.constantFrom(...WRITTEN.trim().split('\n'));
    const paths = fc.constantFrom(...PLACES.trim().split(/\s+/));
    let taken = 0;
    fc.assert(
      fc.property(paths, value, (path, written) => {
        const keys = path.split('.');
        const document = parse(SMALL) as Record<string, unknown>;
        const last = keys.pop() ?? '';
        const place = keys.reduce((map, key) => (map[key] ??= {}) as Record<string, unknown>, document);
        place[last] = 'HERE';
        const text = JSON.stringify(document).replace('"HERE"', ` ${written} `);
        if (problemsOf(text).length > 0) return;
        taken += 1;
        expect(underlined(text)).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});
