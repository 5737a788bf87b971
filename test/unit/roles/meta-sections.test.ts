/** Options for services' files: written where their file is, once, with the last speaker's value, and merged as they were meant. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { checkConfig } from '../../../src/layout/check-config.ts';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { renderMetaSections } from '../../../src/roles/meta-sections.ts';
import { computeOf, controllerOf, LAYOUT } from './requests.ts';

/** The lines of a section of a local.conf, without those around it. */
function sectionOf(text: string, header: string): readonly string[] {
  const [, rest = ''] = text.split(`\n${header}\n`);
  return (rest.split('\n\n')[0] ?? '').trim().split('\n');
}

test('a section stands only where its file is: on the node that runs its service', () => {
  const options = { DEFAULT: { debug: 'True' } };
  const config = {
    'post-config': {
      $NOVA_CONF: options,
      $NOVA_CPU_CONF: options,
      $KEYSTONE_CONF: options,
      '/$NEUTRON_CORE_PLUGIN_CONF': options,
      '/etc/nova/nova_cell1.conf': options,
      '/etc/foreign/its.conf': options,
    },
    'test-config': { $TEMPEST_CONFIG: options },
  };
  const headersIn = (text: string): readonly string[] => [...text.matchAll(/^\[\[.*$/gm)].map(([line]) => line);
  const controller = renderLocalConf(controllerOf({ config }));
  const compute = renderLocalConf(computeOf({ config }));
  expect(headersIn(controller)).toEqual([
    '[[local|localrc]]',
    '[[post-config|$NEUTRON_CONF]]',
    '[[post-config|$NOVA_CONF]]',
    '[[post-config|$NOVA_CPU_CONF]]',
    '[[post-config|$KEYSTONE_CONF]]',
    '[[post-config|/$NEUTRON_CORE_PLUGIN_CONF]]',
    '[[post-config|/etc/nova/nova_cell1.conf]]',
    '[[post-config|/etc/foreign/its.conf]]',
  ]);
  expect(headersIn(compute)).toEqual([
    '[[local|localrc]]',
    '[[post-config|$NOVA_CONF]]',
    '[[post-config|$NOVA_CPU_CONF]]',
    '[[post-config|/$NEUTRON_CORE_PLUGIN_CONF]]',
    '[[post-config|/etc/foreign/its.conf]]',
  ]);
  expect([controller, compute].flatMap((text) => checkLocalConf(text))).toEqual([]);
});

test('the layout has its word after the builder, a group after the layout, and no option stands twice', () => {
  const config = {
    'post-config': { $NEUTRON_CONF: { DEFAULT: { debug: 'True', global_physnet_mtu: '1400' }, quotas: { a: '1' } } },
    'test-config': { $TEMPEST_CONFIG: { compute: { min_compute_nodes: '1' } } },
  };
  const own = { 'post-config': { $NEUTRON_CONF: { DEFAULT: { debug: 'False' }, quotas: { b: '2' } } } };
  const groups = LAYOUT.groups.map((group) => Object.assign({}, group, { config: own }));
  const text = renderLocalConf(controllerOf({ config, groups, services: { add: ['tempest'], remove: [] } }));
  expect(sectionOf(text, '[[post-config|$NEUTRON_CONF]]')).toEqual([
    '[DEFAULT]',
    'global_physnet_mtu = 1400',
    'debug = False',
    '[quotas]',
    'a = 1',
    'b = 2',
  ]);
  expect(sectionOf(text, '[[test-config|$TEMPEST_CONFIG]]')).toEqual(['[compute]', 'min_compute_nodes = 1']);
  expect(checkLocalConf(text)).toEqual([]);
});

const folder = mkdtempSync(join(tmpdir(), 'meta-sections-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What DevStack does to a value: awk takes it off its line, `read` and `eval` read it, `echo` passes it on. */
const MERGE = `
iniset() { value=$(echo $4); printf '%s\\0' "$value"; }
awk '/^[a-z]/ {
  value = substr($0, index($0, "=") + 1); sub(/^[ \\t]*/, "", value); sub(/[ \\t]*$/, "", value)
  print "iniset file section option \\"" value "\\""
}' "$1" | while read a; do eval "$a"; done
`;

test('whatever value a layout may hold comes out of DevStack’s merge as it was written', () => {
  writeFileSync(join(folder, 'a.conf'), '');
  const nasty = fc.constantFrom(
    "'",
    '"',
    '\\',
    '$',
    '`',
    '#',
    ' ',
    '$(id)',
    '${A}',
    '=',
    'é',
    '*',
    '[a]',
    '&',
    '~',
    'a',
  );
  const isTaken = (value: string): boolean => {
    const problems: string[] = [];
    const config = { 'post-config': { $NOVA_CONF: { DEFAULT: { option: value } } } };
    checkConfig(config, ['config'], (code) => problems.push(code));
    return problems.length === 0;
  };
  const value = fc
    .oneof(
      fc.string({ unit: 'binary' }),
      fc.array(nasty, { maxLength: 8 }).map((parts) => parts.join('')),
    )
    .filter(isTaken);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), (values) => {
      const options = Object.fromEntries(values.map((each, index) => [`o${index}`, each]));
      const lines = renderMetaSections([{ 'post-config': { $NOVA_CONF: { DEFAULT: options } } }], ['n-api']);
      const file = join(folder, 'section');
      writeFileSync(file, `${lines.slice(2).join('\n')}\n`);
      const run = spawnSync('bash', ['--norc', '-c', MERGE, 'bash', file], { cwd: folder, encoding: 'utf8' });
      expect(run.stderr).toBe('');
      expect(run.stdout.split('\0').slice(0, -1)).toEqual(values);
    }),
    { numRuns: 40 },
  );
});
