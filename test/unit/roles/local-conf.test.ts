/** local.conf says what each role needs, once, with the layout's word last. */
import { describe, expect, test } from 'vitest';
import { BuilderError } from '../../../src/errors.ts';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { fillSecrets, secretNames } from '../../../src/roles/secrets.ts';
import { addressesOf, computeOf, controllerOf, LAYOUT, NO_CHANGE, REAL, valueOf } from './requests.ts';

function servicesIn(text: string): readonly string[] {
  return (valueOf(text, 'ENABLED_SERVICES') ?? '').split(',');
}

function changedGroups(change: Partial<(typeof LAYOUT.groups)[number]>): typeof LAYOUT.groups {
  return LAYOUT.groups.map((group) => Object.assign({}, group, change));
}

describe('the controller', () => {
  const text = renderLocalConf(controllerOf());

  test('is the whole file', () => {
    expect(text).toMatchSnapshot();
    expect(checkLocalConf(text)).toEqual([]);
  });

  test('without compute is no hypervisor', () => {
    const [controller, compute] = LAYOUT.groups;
    if (controller === undefined || compute === undefined) throw new Error('the test layout has two groups');
    const plain = renderLocalConf(controllerOf({ groups: [{ ...controller, compute: false }, compute] }));
    expect(servicesIn(text)).toContain('n-cpu');
    expect(servicesIn(plain)).not.toContain('n-cpu');
  });

  test('tells Tempest how many hypervisors there are, only with Tempest', () => {
    expect(text).not.toContain('min_compute_nodes');
    const tested = renderLocalConf(controllerOf({ services: { add: ['tempest'], remove: [] } }));
    expect(tested).toContain('[[test-config|$TEMPEST_CONFIG]]\n[compute]\nmin_compute_nodes = 3\n');
    expect(checkLocalConf(tested)).toEqual([]);
  });

  test('gets a swift hash only with swift', () => {
    expect(secretNames(text)).toEqual(['admin_password', 'database_password', 'rabbit_password', 'service_password']);
    const swift = renderLocalConf(controllerOf({ services: { add: ['s-proxy'], remove: [] } }));
    expect(secretNames(swift)).toContain('swift_hash');
  });
});

describe('a compute', () => {
  const text = renderLocalConf(computeOf());

  test('is the whole file', () => {
    expect(text).toMatchSnapshot();
    expect(checkLocalConf(text)).toEqual([]);
  });

  test('gets what the layout adds only where it belongs on every node, and what its group adds always', () => {
    const services = { add: ['tempest', 'tls-proxy'], remove: ['placement-client'] };
    const list = servicesIn(renderLocalConf(computeOf({ services })));
    expect(list).toContain('tls-proxy');
    expect(list).not.toContain('tempest');
    expect(list).not.toContain('placement-client');
    const groups = changedGroups({ services: { add: ['c-vol'], remove: ['tls-proxy'] } });
    const own = servicesIn(renderLocalConf(computeOf({ services, groups })));
    expect(own).toContain('c-vol');
    expect(own).not.toContain('tls-proxy');
  });

  test.each(['stable/2025.1', 'unmaintained/2024.1', '2024.2-eol', 'refs/heads/stable/2025.1'])(
    'of the older %s runs the older OVN agent',
    (ref) => {
      const list = servicesIn(renderLocalConf(computeOf({ devstack: { ref, gitBase: null } })));
      expect(list).toContain('q-ovn-metadata-agent');
      expect(list).not.toContain('q-ovn-agent');
    },
  );
});

test('each key stands once, the group speaks after the layout, the layout after the role', () => {
  const groups = changedGroups({ localrc: { B: 'group', LOG_COLOR: 'True' } });
  const text = renderLocalConf(computeOf({ localrc: { A: 'layout', B: 'layout', VERBOSE: 'False' }, groups }));
  expect([valueOf(text, 'A'), valueOf(text, 'B'), valueOf(text, 'VERBOSE'), valueOf(text, 'LOG_COLOR')]).toEqual([
    'layout',
    'group',
    'False',
    'True',
  ]);
  expect(checkLocalConf(text)).toEqual([]);
});

test('our plugin is enabled where one of its variables is set, and after it', () => {
  expect(renderLocalConf(computeOf())).not.toContain('enable_plugin');
  const text = renderLocalConf(computeOf({ localrc: { BUILDER_WAIT_FOR: '/opt/stack/.builder-released' } }));
  expect(text).toMatch(/\nBUILDER_WAIT_FOR=\S+\n[^]*\nenable_plugin builder \/opt\/stack\/builder\n/);
  expect(checkLocalConf(text)).toEqual([]);
});

test('the place to clone from is written only when the layout names one', () => {
  expect(valueOf(renderLocalConf(computeOf()), 'GIT_BASE')).toBeUndefined();
  const text = renderLocalConf(computeOf({ devstack: { ref: 'master', gitBase: 'git://172.24.5.1' } }));
  expect(valueOf(text, 'GIT_BASE')).toBe('git://172.24.5.1');
});

test('all in one is a hypervisor and its own controller, with nowhere to migrate to', () => {
  const groups = [{ ...NO_CHANGE, ...REAL, name: 'controller', role: 'allinone', count: 1, compute: true } as const];
  const request = controllerOf({ groups });
  const text = renderLocalConf({ ...request, node: { ...request.node, role: 'allinone' } });
  expect(text).toBe(
    renderLocalConf(controllerOf()).replace('LIVE_MIGRATION_AVAILABLE=True', 'LIVE_MIGRATION_AVAILABLE=False'),
  );
});

describe('where tunnels end', () => {
  const overlayAddress = '172.24.8.2';
  test('is said on nodes that have some, where there is an overlay', () => {
    expect(valueOf(renderLocalConf(computeOf()), 'TUNNEL_ENDPOINT_IP')).toBeUndefined();
    expect(valueOf(renderLocalConf({ ...computeOf(), overlayAddress }), 'TUNNEL_ENDPOINT_IP')).toBe(overlayAddress);
    const network = { ...LAYOUT.network, backend: 'ovs' } as const;
    const ovs = renderLocalConf({ ...computeOf({ network }), overlayAddress });
    expect(valueOf(ovs, 'TUNNEL_ENDPOINT_IP')).toBe(overlayAddress);
  });
  test('is not said to a database', () => {
    const groups = [
      ...LAYOUT.groups,
      { ...NO_CHANGE, ...REAL, name: 'db', role: 'database', count: 1, compute: false } as const,
    ];
    const node = { name: 'db', group: 'db', role: 'database', isHypervisor: false, ...REAL } as const;
    const addresses = addressesOf([{ name: 'controller' }, { name: 'db' }]);
    const text = renderLocalConf({ ...computeOf({ groups }), node, addresses, overlayAddress });
    expect(valueOf(text, 'TUNNEL_ENDPOINT_IP')).toBeUndefined();
  });
  test('has the layout’s last word', () => {
    const text = renderLocalConf({ ...computeOf({ localrc: { TUNNEL_ENDPOINT_IP: '192.0.2.9' } }), overlayAddress });
    expect(text.match(/^TUNNEL_ENDPOINT_IP=.*$/gm)).toEqual(['TUNNEL_ENDPOINT_IP=192.0.2.9']);
  });
});

test('a missing address is a bug, not an empty value', () => {
  expect(() => renderLocalConf({ ...computeOf(), addresses: new Map([['compute-1', '10.0.0.1']]) })).toThrow(
    BuilderError,
  );
});

describe('secrets', () => {
  const text = renderLocalConf(computeOf());

  test('are filled in everywhere', () => {
    const filled = fillSecrets(text, (name) => `${name.replaceAll('_', '')}1`);
    expect(valueOf(filled, 'ADMIN_PASSWORD')).toBe('adminpassword1');
    expect(filled).not.toContain('{{');
    expect(checkLocalConf(filled)).toEqual([]);
  });

  test.each(['', 'short', "it's12345", '$(reboot)1', 'a b c d e f', 'line\nline1'])(
    '%j is refused and not repeated',
    (value) => {
      let thrown: unknown;
      try {
        fillSecrets(text, () => value);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: 'bad-password' });
      if (value !== '') expect(String(thrown)).not.toContain(value);
    },
  );

  test('a place that cannot be filled stops the file', () => {
    expect(() => fillSecrets('A={{secret:Admin}}', () => 'abcdefgh')).toThrow('left open');
  });
});
