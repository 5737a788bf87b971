/** Branches and distributions: what goes together, what people are told of it, and that README.rst tells the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BRANCHES, branchesFor, branchOf, describeSupport, supportOf } from '../../../src/roles/branches.ts';
import { layoutOn } from '../../../src/roles/distro-localrc.ts';
import { describeReleases, tierOf } from '../../../src/roles/distros.ts';
import { judgeDistro } from '../../../src/roles/judge-distro.ts';

const NOBLE = { distro: 'ubuntu', version: '24.04' };
const JAMMY = { distro: 'ubuntu', version: '22.04' };
const RESOLUTE = { distro: 'ubuntu', version: '26.04' };
const BOOKWORM = { distro: 'debian', version: '12' };
const ROCKY_9 = { distro: 'rocky', version: '9.5' };
const FEDORA = { distro: 'fedora', version: '44' };

describe('a branch', () => {
  test.each([
    ['master', '2026.2'],
    ['stable/2025.2', '2025.2'],
    ['refs/heads/stable/2026.1', '2026.1'],
    ['unmaintained/2024.1', '2024.1'],
    ['stable/2024.1', '2024.1'],
    ['unmaintained/2025.1', '2025.1'],
  ])('%s is of series %s, also by the name it had or will have', (ref, series) => {
    expect(branchOf(ref)?.series).toBe(series);
  });
  test.each(['2024.2-eol', 'stable/2024.2', 'stable/2027.1', 'c'.repeat(40), 'my-branch', 'refs/tags/master'])(
    '%s is none that is known',
    (ref) => expect(branchOf(ref)).toBeNull(),
  );
});

describe('what a ref runs on', () => {
  test.each([
    ['master', NOBLE, 'supported'],
    ['master', RESOLUTE, 'supported'],
    ['stable/2026.1', RESOLUTE, 'unsupported'],
    ['stable/2026.1', JAMMY, 'unsupported'],
    ['stable/2025.2', JAMMY, 'supported'],
    ['unmaintained/2024.1', NOBLE, 'unsupported'],
    ['unmaintained/2024.1', { distro: 'openEuler', version: '22.03' }, 'supported'],
    ['stable/2025.1', { distro: 'almalinux', version: '10' }, 'unsupported'],
    ['2024.2-eol', NOBLE, 'unknown'],
    ['2024.2-eol', BOOKWORM, 'supported'],
    ['2024.2-eol', FEDORA, 'unsupported'],
    ['master', FEDORA, 'unsupported'],
  ] as const)('%s, %j: %s', (ref, system, support) => expect(supportOf(ref, system)).toBe(support));

  test('is told by how well it is tested', () => {
    expect(describeSupport('stable/2025.1')).toEqual({
      default: 'Ubuntu 24.04',
      tested: 'Debian 12',
      experimental: 'Ubuntu 22.04; Rocky, CentOS Stream, AlmaLinux, RHEL 9',
    });
    expect(describeSupport('my-branch').experimental).toContain('openEuler 22.03');
  });
  test('and which branches run on a distribution', () => {
    expect(branchesFor(JAMMY)).toEqual(['stable/2025.2', 'stable/2025.1', 'unmaintained/2024.1']);
    expect(branchesFor(FEDORA)).toEqual([]);
  });
});

describe('people are told', () => {
  test('nothing of what is tested', () => {
    expect(judgeDistro('master', NOBLE)).toEqual({ refusal: null, warning: null });
  });
  test('why not, and which branch', () => {
    expect(judgeDistro('unmaintained/2024.1', NOBLE)).toEqual({
      refusal: {
        message:
          'DevStack unmaintained/2024.1 supports Debian 12; Ubuntu 22.04; Debian 11; Rocky, CentOS Stream, AlmaLinux, RHEL 9, 8; openEuler 22.03',
        fix: 'choose another image, or --branch master',
      },
      warning: null,
    });
    expect(judgeDistro('2024.2-eol', FEDORA).refusal).toEqual({
      message: expect.stringMatching(/^DevStack supports Ubuntu 24\.04; /) as string,
      fix: 'choose another image',
    });
  });
  test('what has no vote, and what has', () => {
    expect(judgeDistro('stable/2025.1', ROCKY_9).warning).toBe(
      "W2103 experimental: rocky 9.5 has no vote in DevStack's own tests, these have: Ubuntu 24.04; Debian 12",
    );
    expect(judgeDistro('unmaintained/2024.1', JAMMY).warning).toMatch(/, these have: Debian 12$/);
  });
  test('what cannot be told from a tag or a commit', () => {
    expect(judgeDistro('2024.2-eol', NOBLE).warning).toBe(
      'W2102 distro: whether DevStack 2024.2-eol supports ubuntu 24.04 is not known here; master, stable/2026.1, stable/2025.2, stable/2025.1 do',
    );
    expect(judgeDistro('my-branch', ROCKY_9).warning).toBe(
      "W2103 experimental: rocky 9.5 has no vote in DevStack's own tests, these have: Ubuntu 24.04; Debian 13, 12; newer DevStacks need localrc.PYTHON3_VERSION=3.11",
    );
  });
});

describe('local.conf says what a distribution needs', () => {
  const localrcOn = (ref: string, system: Parameters<typeof layoutOn>[1], localrc = {}): object =>
    layoutOn({ devstack: { ref }, localrc }, system).localrc;
  const THREADED = { 'SYSTEMD_ENV_VARS["n-novnc-cell1"]': 'OS_NOVA_DISABLE_EVENTLET_PATCHING=true' };

  test.each([
    ['a newer Python on EL 9', 'stable/2025.1', ROCKY_9, { PYTHON3_VERSION: '3.11' }],
    ['the same on master', 'master', { distro: 'centos', version: '9' }, { PYTHON3_VERSION: '3.11' }],
    ['nothing on EL 9 before that', 'unmaintained/2024.1', ROCKY_9, {}],
    ['nothing on EL 10', 'master', { distro: 'rocky', version: '10.1' }, {}],
    ['a console proxy without eventlet on resolute', 'master', RESOLUTE, THREADED],
    ['FORCE where somebody insisted', 'stable/2026.1', RESOLUTE, { FORCE: 'yes' }],
    ['FORCE on what nobody supports', 'master', FEDORA, { FORCE: 'yes' }],
    ['nothing on what is tested', 'master', NOBLE, {}],
    ['nothing where the branch is not known', '2024.2-eol', ROCKY_9, {}],
    ['nothing where the server is not known', 'master', null, {}],
  ] as const)('%s', (_what, ref, system, wanted) => expect(localrcOn(ref, system)).toEqual(wanted));

  test('and the layout has the last word', () => {
    expect(localrcOn('master', ROCKY_9, { PYTHON3_VERSION: '3.12', A: '1' })).toEqual({
      PYTHON3_VERSION: '3.12',
      A: '1',
    });
  });
});

/** Best tested first. */
const RELEASES = [
  'noble',
  'trixie',
  'bookworm',
  'resolute',
  'jammy',
  'bullseye',
  'rhel10',
  'rhel9',
  'rhel8',
  'openEuler-22.03',
];

test('README.rst has the same table', () => {
  const rows = [
    ['distribution', ...BRANCHES.map(({ name }) => name)],
    ['the branch is', ...BRANCHES.map(({ state }) => state)],
    ...RELEASES.map((release) => [
      describeReleases([release]),
      ...BRANCHES.map(({ releases }) => (releases.includes(release) ? tierOf(release) : '-')),
    ]),
  ];
  const widths = BRANCHES.map(({ name }, column) =>
    Math.max(name.length, ...rows.map((row) => row[column + 1]?.length ?? 0)),
  );
  const all = [Math.max(...rows.map(([first = '']) => first.length)), ...widths];
  const ruler = all.map((width) => '='.repeat(width)).join('  ');
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(all[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [names = '', states = '', ...others] = lines;
  const table = [ruler, names, states, ruler, ...others, ruler];
  const told = readFileSync('README.rst', 'utf8').split('\n');
  const start = told.findIndex((line) => line.startsWith('distribution ')) - 1;
  expect(told.slice(start, start + table.length).join('\n')).toBe(table.join('\n'));
  expect(RELEASES.toSorted()).toEqual([...new Set(BRANCHES.flatMap(({ releases }) => releases))].toSorted());
});
