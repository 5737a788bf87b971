/** Rules over the whole layout. */
import { describe, expect, test } from 'vitest';
import { USUAL_CHECKS } from '../../../src/layout/check-names.ts';
import { codesOf, load, problemsOf } from './small-layout.ts';

function withGroups(groups: string, more = ''): string {
  return `version: 1\nname: x\n${more}groups: ${groups}\n`;
}

test.each([
  ['no controller', '{c: {role: compute}}'],
  ['two controllers', '{a: {role: controller}, b: {role: controller}, c: {role: compute}}'],
  ['one group of two controllers', '{a: {role: controller, count: 2, compute: true}}'],
  ['allinone with computes', '{a: {role: allinone}, b: {role: compute}}'],
  ['no hypervisor', '{a: {role: controller}}'],
  ['computes counted to zero', '{a: {role: controller}, b: {role: compute, count: 0}}'],
  ['a compute that is none', '{a: {role: controller}, b: {role: compute, compute: false}}'],
  ['an API node without a database', '{a: {role: api, compute: true}, q: {role: messaging}}'],
  [
    'an API node with two message queues',
    '{a: {role: api, compute: true}, d: {role: database}, q: {role: messaging, count: 2}}',
  ],
  ['a database for a controller that has one', '{a: {role: controller, compute: true}, d: {role: database}}'],
  [
    'a database that is a hypervisor',
    '{a: {role: api, compute: true}, d: {role: database, compute: true}, q: {role: messaging}}',
  ],
  ['a cell of a node that is no hypervisor', '{a: {role: controller, cell: 1}, b: {role: compute}}'],
  ['fake hypervisors on a node that is none', '{a: {role: controller, fake_hypervisors: 2}, b: {role: compute}}'],
  ['a child cell that is the first', '{a: {role: controller}, b: {role: compute}, c: {role: child-cell}}'],
  ['a cell on two nodes', '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, count: 2, cell: 2}}', 2],
  ['a cell on no node', '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, count: 0, cell: 2}}', 2],
  [
    'a cell hosted twice',
    '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, cell: 2}, d: {role: child-cell, cell: 2}}',
    2,
  ],
  [
    'a cell of the controller behind one with a node of its own',
    '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, cell: 2}}',
    3,
  ],
  [
    'a child cell that does not exist',
    '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, cell: 3}}',
    2,
  ],
  [
    'a child cell that is a hypervisor',
    '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, cell: 2, compute: true}}',
    2,
  ],
  [
    'a child cell that pretends',
    '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, cell: 2, fake_hypervisors: 2}}',
    2,
  ],
  [
    'a controller in a cell that another node hosts',
    '{a: {role: controller, compute: true, cell: 2}, c: {role: child-cell, cell: 2}}',
    2,
  ],
  [
    'volumes beside the hypervisors of a child cell',
    '{a: {role: controller}, b: {role: compute, cell: 2, services: {add: [dstat, c-vol]}}, c: {role: child-cell, cell: 2}}',
    2,
  ],
  ['a cell that does not exist', '{a: {role: controller}, b: {role: compute, cell: 2}}'],
])('%s is refused', (_, groups, cells = 1) => {
  expect(problemsOf(withGroups(groups, `cells: {count: ${cells}}\n`)).map((problem) => problem.code)).toEqual([
    'roles',
  ]);
});

test.each([
  [
    'database and message queue on nodes of their own',
    '{d: {role: database}, q: {role: messaging}, a: {role: api}, b: {role: compute}}',
    '',
  ],
  [
    'cells that exist',
    '{a: {role: controller, compute: true, cell: 2}, b: {role: compute, cell: 1}}',
    'cells: {count: 2}\n',
  ],
  [
    'cells with nodes of their own, with computes, without, and beside an API node',
    '{a: {role: api}, d: {role: database}, q: {role: messaging}, b: {role: compute, cell: 2}, ' +
      'c: {role: child-cell, cell: 2}, e: {role: child-cell, cell: 3}}',
    'cells: {count: 3}\n',
  ],
  ['an empty cell', '{a: {role: controller}, b: {role: compute, cell: 2}}', 'cells: {count: 2}\n'],
])('%s: fine', (_, groups, more) => {
  expect(problemsOf(withGroups(groups, more))).toEqual([]);
});

test('network nodes need the overlay that joins them to the node with the APIs', () => {
  const groups = '{c: {role: controller, compute: true}, n: {role: network, count: 2}}';
  expect(codesOf(withGroups(groups))).toEqual(['roles layout.yaml:3:58  groups.n.role']);
  expect(codesOf(withGroups(groups, 'network: {overlay: true}\n'))).toEqual([]);
  expect(codesOf(withGroups(groups.replace('count: 2', 'count: 0')))).toEqual([]);
});

test('checks for the end of create are known by name; a slip is told with the nearest one', () => {
  const few = withGroups('{a: {role: allinone}}', 'verify: [services, bott, elsewhere]\n');
  expect(problemsOf(few).map(({ at, fix }) => [at, fix])).toEqual([
    ['layout.yaml:3:20  verify.1', 'did you mean "boot"?'],
    ['layout.yaml:3:26  verify.2', expect.stringContaining('known here: services, compute-services, ')],
  ]);
  expect(load(withGroups('{a: {role: allinone}}', 'verify: []\n')).verify).toEqual([]);
  expect(load(withGroups('{a: {role: allinone}}')).verify).toEqual(USUAL_CHECKS);
});

test('tempest-smoke is refused where the node with the APIs does not run tempest', () => {
  const nodes = '{a: {role: controller}, b: {role: compute}}';
  const wish = 'verify: [services, tempest-smoke]\n';
  expect(problemsOf(withGroups(nodes, wish))).toMatchObject([
    {
      at: 'layout.yaml:3:20  verify.1',
      message: 'tempest-smoke takes service tempest on the node with the APIs',
      fix: expect.stringContaining('services: {add: [tempest]}'),
    },
  ]);
  expect(load(withGroups(nodes, `${wish}services: {add: [tempest]}\n`)).verify).toEqual(['services', 'tempest-smoke']);
  const ofGroup = '{a: {role: controller, services: {add: [tempest]}}, b: {role: compute}}';
  expect(load(withGroups(ofGroup, wish)).verify).toEqual(['services', 'tempest-smoke']);
});

test('fake hypervisors whose names would meet are refused', () => {
  expect(codesOf(withGroups('{a: {role: controller}, b: {role: compute, count: 11, fake_hypervisors: 11}}'))).toEqual([
    'duplicate-name layout.yaml:3:81  groups.b.fake_hypervisors',
  ]);
  const fine = '{a: {role: controller}, b: {role: compute, count: 11, fake_hypervisors: 9}}';
  expect(codesOf(withGroups(fine))).toEqual([]);
});

test('a cell that is no number is told once, by the place it stands at', () => {
  expect(
    codesOf(withGroups('{a: {role: controller}, b: {role: compute, cell: two}}', 'cells: {count: many}\n')),
  ).toEqual(['bad-value layout.yaml:3:16  cells.count', 'bad-value layout.yaml:4:58  groups.b.cell']);
});

test('what is wrong with cells is told where it stands', () => {
  const groups = '{a: {role: controller}, b: {role: compute}, c: {role: child-cell, cell: 2}}';
  expect(codesOf(withGroups(groups, 'cells: {count: 3}\nnetwork: {backend: ovs}\n'))).toEqual([
    'roles layout.yaml:5:81  groups.c.cell',
    'roles layout.yaml:4:20  network.backend',
  ]);
  expect(codesOf(withGroups('{a: {role: controller}, b: {role: compute}, c: {role: child-cell}}'))).toEqual([
    'roles layout.yaml:3:53  groups.c',
  ]);
});

test('a controller beside computes need not be a hypervisor', () => {
  expect(problemsOf(withGroups('{a: {role: controller}, b: {role: compute}}'))).toEqual([]);
});

test('two nodes of one name are refused', () => {
  expect(codesOf(withGroups('{hv-1: {role: controller}, hv: {role: compute}}'))).toEqual([
    'duplicate-name layout.yaml:3:36  groups.hv',
  ]);
});

test.each(['A', '1a', 'a_b', 'a.b', 'localhost', 'a-', 'a'.repeat(33), '"é"', '"a\\nb"', '"$(reboot)"'])(
  'the name %s is refused',
  (name) => {
    const told = problemsOf(withGroups(`{c: {role: controller}, ${name}: {role: compute}}`));
    expect(told.map((problem) => problem.code)).toEqual(['bad-name']);
    expect(told[0]?.message).not.toMatch(/[\n\u00e9]/);
  },
);

test.each([
  ['HOST_IP', 'HOST_IP: 10.0.0.1'],
  ['any password', 'MY_PASSWORD: x'],
  ['GIT_BASE', 'GIT_BASE: git://x'],
  ['ENABLED_SERVICES', 'ENABLED_SERVICES: key'],
  ['lower case', 'foo: x'],
  ['bash variables', 'BASH_ENV: /x'],
  ['PATH', 'PATH: /x'],
  ['values of two lines', 'A: "x\\ny"'],
  ['NUL', 'A: "\\0"'],
  ['a place for a secret', 'A: "{{secret:admin_password}}"'],
  ['no value', 'A: '],
])('localrc refuses %s', (_, line) => {
  expect(
    problemsOf(withGroups('{c: {role: allinone}}', `localrc: {${line}}\n`)).map((problem) => problem.code),
  ).toEqual(['bad-value']);
  expect(problemsOf(withGroups(`{c: {role: allinone, localrc: {${line}}}}`)).map((problem) => problem.code)).toEqual([
    'bad-value',
  ]);
});

test('proxies may be set, as DevStack spells them', () => {
  expect(
    problemsOf(withGroups('{c: {role: allinone}}', 'localrc: {http_proxy: "http://proxy:3128", no_proxy: "a,b"}\n')),
  ).toEqual([]);
});

test.each(['q-svcc', 'n-spu', 'horizn', '"a b"', '"$(id)"', '"a,b"'])('the service %s is refused', (service) => {
  const told = problemsOf(withGroups(`{c: {role: allinone, services: {add: [${service}]}}}`));
  expect(told.map((problem) => problem.code)).toEqual(['bad-value']);
});

test('a slip in the name of a service comes with the right one', () => {
  const [problem] = problemsOf(withGroups('{c: {role: allinone, services: {remove: [q-svcc]}}}'));
  expect(problem).toMatchObject({ fix: 'did you mean "q-svc"?' });
});

test.each(['o-api', 'h-eng', 'ir-cond', 'neutron-vpnaas', 'designate-central'])(
  'the service %s of a plugin is accepted',
  (service) => {
    expect(problemsOf(withGroups(`{c: {role: allinone, services: {add: [${service}]}}}`))).toEqual([]);
  },
);

test('a service both added and removed is refused', () => {
  expect(
    problemsOf(withGroups('{c: {role: allinone}}', 'services: {add: [horizon], remove: [horizon]}\n')),
  ).toHaveLength(1);
});

test('ranges that share addresses are refused, also with a default', () => {
  expect(codesOf(withGroups('{c: {role: allinone}}', 'network: {floating_range: 10.1.4.0/24}\n'))).toEqual([
    'cidr-overlap layout.yaml:3:27  network.floating_range',
  ]);
});

test.each(['10.1.0.1/20', '10.1.0.0', '10.1.0.0/27', 'fd00::/64', '10.1/16', '0.0.0.0/0'])(
  'fixed_range %s is refused',
  (range) => {
    const told = problemsOf(withGroups('{c: {role: allinone}}', `network: {fixed_range: "${range}"}\n`));
    expect(told.map((problem) => problem.code)).toContain('bad-value');
  },
);

test.each([
  'ssh://git@host/x',
  'git@host:x',
  'ext::sh -c id',
  '--upload-pack=x',
  '/srv/devstack',
  'https://h/x?token=1',
])('repo %s is refused', (repo) => {
  expect(problemsOf(withGroups('{c: {role: allinone}}', `devstack: {repo: "${repo}"}\n`))).toHaveLength(1);
});

test.each(['git://172.24.5.1/openstack/devstack', 'http://h:8080/x.git', 'file:///srv/devstack'])(
  'repo %s is accepted',
  (repo) => {
    expect(problemsOf(withGroups('{c: {role: allinone}}', `devstack: {repo: "${repo}"}\n`))).toEqual([]);
  },
);

test.each(['-x', 'a..b', 'a b', '"a;b"', 'x/', 'x.lock'])('ref %s is refused', (ref) => {
  expect(problemsOf(withGroups('{c: {role: allinone}}', `devstack: {ref: ${ref}}\n`))).toHaveLength(1);
});

describe('the overlay’s addresses', () => {
  const said = (network: string): readonly string[] =>
    codesOf(withGroups('{c: {role: controller}, b: {role: compute, count: 61}}', `network: {${network}}\n`));
  test.each([
    ['fixed range', 'overlay: true, overlay_range: 10.1.8.0/24', 'network.overlay_range'],
    ['floating range', 'overlay: true, floating_range: 172.24.9.0/24', 'network.floating_range'],
  ])('share none with the %s', (_, network, at) => {
    expect(said(network)).toEqual([expect.stringMatching(`^cidr-overlap .* ${at}$`)]);
  });
  test('may share some with the others where there is no overlay', () => {
    expect(said('floating_range: 172.24.9.0/24')).toEqual([]);
  });
  test('are enough for all nodes', () => {
    expect(said('overlay: true, overlay_range: 172.24.8.0/26')).toEqual([]);
    const crowded = withGroups(
      '{c: {role: controller}, b: {role: compute, count: 62}}',
      'network: {overlay: true, overlay_range: 172.24.8.0/26}\n',
    );
    expect(problemsOf(crowded)).toEqual([
      expect.objectContaining({
        code: 'bad-value',
        message: 'overlay_range 172.24.8.0/26 has room for 62 nodes, not for 63',
      }),
    ]);
  });
});

test('TLS is for the whole cluster: no node is given its service, and from none it is taken', () => {
  const groups = '{a: {role: controller, services: {remove: [tls-proxy]}}, b: {role: compute}}';
  expect(codesOf(withGroups(groups, 'services: {add: [tls-proxy]}\n'))).toEqual([
    expect.stringMatching(/^bad-value .*services\.add/),
    expect.stringMatching(/^bad-value .*groups\.a\.services\.remove/),
  ]);
  expect(
    codesOf(withGroups('{a: {role: controller, compute: true}}', 'tls: true\nlocalrc: {INT_CA_DIR: /ca}\n')),
  ).toEqual([expect.stringMatching(/^bad-value .*localrc\.INT_CA_DIR/)]);
  expect(
    codesOf(withGroups('{d: {role: database}, q: {role: messaging}, a: {role: api, compute: true}}', 'tls: true\n')),
  ).toEqual([]);
});
