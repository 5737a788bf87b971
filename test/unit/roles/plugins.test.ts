/** Plugins and changes in local.conf: on the nodes they are for, after every variable, at the recorded commits. */
import { describe, expect, test } from 'vitest';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { type LocalConfRequest, renderLocalConf } from '../../../src/roles/local-conf.ts';
import type { Plugin } from '../../../src/roles/plugins.ts';
import { computeOf, controllerOf, LAYOUT, NO_CHANGE, REAL, valueOf } from './requests.ts';

const HEAT: Plugin = {
  name: 'heat',
  repo: 'https://git/heat',
  ref: null,
  nodes: [],
  localrc: {},
  services: {},
};

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => /^(enable_plugin|disable_service) /.test(line));
}

describe('a plugin', () => {
  test('is enabled on the node with the APIs and on hypervisors, not beside a lone database', () => {
    const groups: LocalConfRequest['layout']['groups'] = [
      { ...NO_CHANGE, ...REAL, name: 'db', role: 'database', count: 1, compute: false },
      { ...NO_CHANGE, ...REAL, name: 'mq', role: 'messaging', count: 1, compute: false },
      { ...NO_CHANGE, ...REAL, name: 'api', role: 'api', count: 1, compute: false },
      { ...NO_CHANGE, ...REAL, name: 'hv', role: 'compute', count: 1, compute: true },
    ];
    const addresses = new Map(['db', 'mq', 'api', 'hv-1'].map((name, index) => [name, `10.0.0.${index + 1}`]));
    const enabledOn = (plugins: readonly Plugin[]): readonly string[] =>
      groups
        .map(({ name, role, compute }) => ({
          name: role === 'compute' ? `${name}-1` : name,
          group: name,
          role,
          isHypervisor: compute,
          ...REAL,
        }))
        .filter((node) => {
          const request = { layout: { ...LAYOUT, groups, plugins }, node, addresses, mtu: 1450 };
          return linesOf(renderLocalConf(request)).length > 0;
        })
        .map(({ name }) => name);
    expect(enabledOn([HEAT])).toEqual(['api', 'hv-1']);
    expect(enabledOn([{ ...HEAT, nodes: ['db', 'compute'] }])).toEqual(['db', 'hv-1']);
  });

  test('stands after every variable, in order, at its commit or else at its ref', () => {
    const plugins = [HEAT, { ...HEAT, name: 'manila', ref: 'stable/2026.1' }, { ...HEAT, name: 'zun' }];
    const pluginCommits = new Map([['heat', 'a'.repeat(40)]]);
    const text = renderLocalConf({ ...controllerOf({ plugins }), pluginCommits });
    expect(linesOf(text)).toEqual([
      `enable_plugin heat https://git/heat ${'a'.repeat(40)}`,
      'enable_plugin manila https://git/heat stable/2026.1',
      'enable_plugin zun https://git/heat master',
    ]);
    const [localrc = ''] = text.split('\n\n');
    expect(localrc.trimEnd().split('\n').slice(-3)).toEqual(linesOf(text));
    expect(checkLocalConf(text)).toEqual([]);
  });

  test('has its settings over the cluster’s and under a group’s, and only on its nodes', () => {
    const plugins = [{ ...HEAT, nodes: ['controller'], localrc: { A: 'plugin', B: 'plugin' } }];
    const groups = LAYOUT.groups.map((group) => Object.assign({}, group, { localrc: { B: 'group' } }));
    const localrc = { A: 'layout', B: 'layout' };
    const controller = renderLocalConf(controllerOf({ plugins, groups, localrc }));
    const compute = renderLocalConf(computeOf({ plugins, groups, localrc }));
    expect([valueOf(controller, 'A'), valueOf(controller, 'B')]).toEqual(['plugin', 'group']);
    expect([valueOf(compute, 'A'), valueOf(compute, 'B')]).toEqual(['layout', 'group']);
    expect(checkLocalConf(controller)).toEqual([]);
  });

  test('has services by role and by group, and is kept from enabling those that are removed', () => {
    const services = {
      controller: { add: ['h-api'], remove: ['c-vol'] },
      compute: { add: [], remove: ['h-eng', 'placement-client'] },
    };
    const plugins = [{ ...HEAT, services }];
    const controller = renderLocalConf(controllerOf({ plugins }));
    const compute = renderLocalConf(computeOf({ plugins, services: { add: [], remove: ['h-api'] } }));
    expect(valueOf(controller, 'ENABLED_SERVICES')).toMatch(/,h-api$/);
    expect(valueOf(controller, 'ENABLED_SERVICES')).not.toContain('c-vol');
    // DevStack's own are off by not being listed.
    expect(linesOf(controller)).toEqual(['enable_plugin heat https://git/heat master']);
    expect(linesOf(compute)[0]).toBe('disable_service h-api h-eng');
    expect(valueOf(compute, 'ENABLED_SERVICES')).not.toContain('placement-client');
    expect(checkLocalConf(compute)).toEqual([]);
  });
});

test('a change under review is what every node has of its project', () => {
  const changes = [{ project: 'nova', ref: 'refs/changes/50/5050/1', repo: 'https://review/nova' }];
  for (const text of [renderLocalConf(controllerOf({ changes })), renderLocalConf(computeOf({ changes }))]) {
    expect(valueOf(text, 'NOVA_REPO')).toBe('https://review/nova');
    expect(valueOf(text, 'NOVA_BRANCH')).toBe('refs/changes/50/5050/1');
    expect(checkLocalConf(text)).toEqual([]);
  }
});
