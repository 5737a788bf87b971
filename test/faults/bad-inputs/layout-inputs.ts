/** Bad command lines and layouts, rows 1 to 11: refused before anything is made. */
import type { TestContext } from 'vitest';
import type { Ended } from '../../support/run-builder.ts';
import type { BadInput } from './bad-input.ts';
import { CREATE, openBuiltScene, openScene } from './scene.ts';

type Provoke = BadInput['provoke'];

const HEAD = 'version: 1\nname: lab\n';

function say(...words: readonly string[]): Provoke {
  return async (context) => await openScene(context).run(...words);
}

/** A create that would only plan. */
function plan(...words: readonly string[]): Provoke {
  return say(...CREATE, '--dry-run', ...words);
}

/** The same with a layout of this text. */
function planLayout(text: string): Provoke {
  return async (context) => {
    const scene = openScene(context);
    return await scene.run(...CREATE, '--dry-run', '--layout', scene.file('layout.yaml', text));
  };
}

async function planWithPassword(context: TestContext): Promise<Ended> {
  const ended = await planLayout(`${HEAD}localrc: {ADMIN_PASSWORD: "no;good"}\ngroups: {a: {role: allinone}}\n`)(
    context,
  );
  context.expect(ended.stdout + ended.stderr).not.toContain('no;good');
  return ended;
}

/** A vault that somebody edited is the only way to bring in a password of one's own. */
async function spoilVault(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const stopped = await scene.run(
    ...CREATE,
    '--layout',
    'all-in-one',
    ...scene.faults('on: create-port, quota: exceeded'),
  );
  context.expect(stopped.code, stopped.stderr).toBe(4);
  scene.spoilSecret('admin_password', 'no;good!');
  const ended = await scene.run(...CREATE);
  context.expect(ended.stdout + ended.stderr).not.toContain('no;good!');
  return ended;
}

export const LAYOUT_INPUTS: readonly BadInput[] = [
  {
    row: 1,
    how: 'option',
    says: /^error E1001 unknown-option: --flaver$/,
    fix: /^did you mean --flavor\?$/,
    exit: 2,
    provoke: say('create', '--flaver', 'm1.large'),
  },
  {
    row: 1,
    how: 'verb',
    says: /^error E1001 unknown-option: no command "destory"$/,
    fix: /^did you mean "destroy"\?$/,
    exit: 2,
    provoke: say('destory'),
  },
  {
    row: 2,
    how: 'missing',
    says: /^error E1002 layout-missing: layout\.yaml: no such file$/,
    fix: /^give a file, or one of: all-in-one, multicell, multicell-hosts, multinode, split$/,
    exit: 2,
    provoke: plan('--layout', 'layout.yaml'),
  },
  {
    row: 2,
    how: 'a folder',
    says: /^error E9002 io: cannot read \/: EISDIR/,
    fix: /^check the owner and mode/,
    exit: 9,
    provoke: plan('--layout', '/'),
  },
  {
    row: 3,
    how: 'indentation',
    says: /^error E2001 yaml: /,
    fix: /^correct it$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups:\n  a:\n    role: allinone\n   count: 1\n`),
  },
  {
    row: 4,
    how: 'near miss',
    says: /^error E2002 unknown-key: unknown key "flavour"$/,
    fix: /^did you mean "flavor"\?$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups: {a: {role: allinone, flavour: m1.large}}\n`),
  },
  {
    row: 5,
    how: 'alias',
    says: /^error E2003 layout-too-big: .*alias/,
    fix: /^write it out plainly$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups:\n  a: &a {role: allinone}\n  b: *a\n`),
  },
  {
    row: 5,
    how: 'more than 1 MiB',
    says: /^error E2003 layout-too-big: /,
    exit: 2,
    provoke: planLayout(`${HEAD}# ${'x'.repeat(1_048_576)}\n`),
  },
  {
    row: 5,
    how: 'more than 1,000 nodes',
    says: /^error E2003 layout-too-big: /,
    exit: 2,
    provoke: planLayout(`${HEAD}services: {add: [${'a,'.repeat(1000)}a]}\n`),
  },
  {
    row: 6,
    how: 'twice in the file',
    says: /^error E2004 duplicate-name: the same key stands here twice$/,
    fix: /^keep one$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups:\n  a: {role: controller}\n  a: {role: compute}\n`),
  },
  {
    row: 6,
    how: 'by number',
    says: /^error E2004 duplicate-name: "c-1" is also a node of group c-1$/,
    fix: /^rename one$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups:\n  c-1: {role: controller}\n  c: {role: compute, count: 2}\n`),
  },
  ...['c1; rm -rf /', '$(reboot)', 'c 1', 'x'.repeat(200), '😀'].map((name) => ({
    row: 7,
    how: `group ${name.slice(0, 12)}`,
    says: /^error E2005 bad-name: "?.* is not a name for servers$/,
    fix: /^letters a-z, digits and "-", at most 32$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups: {a: {role: controller}, ${JSON.stringify(name)}: {role: compute}}\n`),
  })),
  {
    row: 7,
    how: 'cluster',
    says: /^error E2005 bad-name: "c1; rm -rf \/"/,
    fix: /letters.*digits/,
    exit: 2,
    provoke: plan('c1; rm -rf /'),
  },
  {
    row: 8,
    how: 'zero',
    says: /^error E2006 roles: exactly one controller, found 0$/,
    fix: /^add a group: controller: \{role: controller\}$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups: {c: {role: compute}}\n`),
  },
  {
    row: 8,
    how: 'two',
    says: /^error E2006 roles: exactly one controller, found 2$/,
    fix: /^keep one, with count: 1$/,
    exit: 2,
    provoke: planLayout(`${HEAD}groups: {a: {role: controller, count: 2}, c: {role: compute}}\n`),
  },
  {
    row: 9,
    how: 'of the layout',
    says: /^error E2007 cidr-overlap: fixed_range 10\.1\.0\.0\/20 and floating_range 10\.1\.4\.0\/24 overlap$/,
    fix: /^choose disjoint networks$/,
    exit: 2,
    provoke: plan('--set', 'network.floating_range=10.1.4.0/24'),
  },
  {
    row: 9,
    how: "the servers' subnet",
    says: /^error E2007 cidr-overlap: the servers' subnet 198\.18\.\S+ overlaps DevStack's fixed_range 198\.18\.0\.0\/16$/,
    fix: /^choose another range: --set network\.fixed_range=CIDR$/,
    exit: 2,
    provoke: plan('--set', 'network.fixed_range=198.18.0.0/16'),
  },
  {
    row: 10,
    how: 'in a layout, where passwords have no place at all',
    says: /^error E2011 bad-value: "ADMIN_PASSWORD": the builder writes it itself/,
    fix: /^remove it: passwords are made once and kept in the vault$/,
    exit: 2,
    provoke: planWithPassword,
  },
  {
    row: 10,
    how: 'in the vault',
    says: /^error E2008 bad-password: admin_password has characters or a length that DevStack rejects$/,
    fix: /^use 8 to 20 letters and digits$/,
    exit: 2,
    provoke: spoilVault,
  },
  {
    row: 11,
    how: 'devstack.repo',
    says: /^error E2009 secret-in-url: .*devstack\.repo/,
    fix: /^use a URL that needs no credentials/,
    exit: 2,
    provoke: plan('--set', 'devstack.repo=https://me:hush@example.org/devstack'),
  },
  {
    row: 11,
    how: 'a plugin',
    says: /^error E2009 secret-in-url: a URL must not hold credentials$/,
    fix: /^use a URL that needs none/,
    exit: 2,
    provoke: plan('--set', 'localrc.MY_PLUGIN=https://me:hush@example.org/plugin'),
  },
  {
    row: 60,
    how: 'another range',
    says: /^error E2010 layout-changed: /,
    fix: /^go on with the saved one: \.\/builder create devstack; or \.\/builder destroy devstack/,
    exit: 2,
    provoke: async (context) =>
      await (await openBuiltScene(context)).run('create', '--set', 'network.fixed_range=10.9.0.0/20'),
  },
];
