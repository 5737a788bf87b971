/** `config:` is taken where DevStack would do what it says, and refused with its line where it would not. */
import { describe, expect, test } from 'vitest';
import { load, problemsOf, SMALL } from './small-layout.ts';

/** A layout whose `config:` says this of one option of nova's. */
function withOption(option: string): string {
  return `${SMALL}config: {post-config: {$NOVA_CONF: {DEFAULT: {${option}}}}}\n`;
}

function told(text: string): readonly string[] {
  return problemsOf(text).map(({ at, message, fix }) => `${at ?? ''}: ${message}; ${fix ?? ''}`);
}

test('what is said for the cluster and for a group is kept as it was written', () => {
  const group = '  compute: {role: compute, count: 2, config: {post-config: {$NOVA_CPU_CONF: {libvirt: {a: 1.10}}}}}';
  const layout = load(withOption('debug: True, empty: ""').replace(/ {2}compute:.*/, group));
  expect(layout.config).toEqual({ 'post-config': { $NOVA_CONF: { DEFAULT: { debug: 'True', empty: '' } } } });
  expect(layout.groups[1]?.config).toEqual({ 'post-config': { $NOVA_CPU_CONF: { libvirt: { a: '1.10' } } } });
});

test('a literal path is taken, whoever reads it', () => {
  expect(problemsOf(`${SMALL}config: {extra: {/etc/nova/nova_cell1.conf: {DEFAULT: {a: b}}}}\n`)).toEqual([]);
  expect(problemsOf(`${SMALL}config: {extra: {/etc/octavia/octavia.conf: {DEFAULT: {a: b}}}}\n`)).toEqual([]);
});

describe('refused', () => {
  test.each([
    ['an unknown phase', `${SMALL}config: {post-conf: {}}\n`, 'layout.yaml:8:10', /did you mean "post-config"/],
    [
      'a variable DevStack does not define',
      `${SMALL}config: {post-config: {$NOVA_CNF: {DEFAULT: {a: b}}}}\n`,
      'layout.yaml:8:24',
      /did you mean "\$NOVA_CONF"/,
    ],
    ['a path with steps back', `${SMALL}config: {extra: {/etc/../x: {DEFAULT: {a: b}}}}\n`, ':8:18', /no file that/],
    ['a section of two words', withOption('a: b').replace('DEFAULT', '"a b"'), ':8:37', /not a section; one word/],
    ['an option that is none', withOption('"a=b": c'), ':8:47', /not an option/],
    ['no value', withOption('a: '), ':8:', /no value/],
    ['a value of two lines', withOption('a: "b\\nc"'), ':8:50', /one line/],
    ['runs of blanks', withOption('a: "b  c"'), ':8:50', /one blank of several/],
    ['what bash takes for names of files', withOption('a: "*"'), ':8:50', /names of files/],
    ['a word that echo eats', withOption('a: -n x'), ':8:50', /loses a first word/],
    ['a URL with a password', withOption('a: "mysql://me:hunter2@db/x"'), ':8:50', /credentials/],
    [
      'a file that no node has',
      `${SMALL}config: {test-config: {$TEMPEST_CONFIG: {DEFAULT: {a: b}}}}\n`,
      'layout.yaml:8:24',
      /only where tempest runs, and no node does/,
    ],
    [
      'a file that the group’s nodes do not have',
      SMALL.replace('count: 2', 'count: 2, config: {post-config: {$KEYSTONE_CONF: {DEFAULT: {a: b}}}}'),
      'layout.yaml:7:61',
      /only where keystone runs, and no node of this group does/,
    ],
  ])('%s', (_what, text, at, message) => {
    const [problem = '', ...others] = told(text);
    expect(others).toEqual([]);
    expect(problem).toContain(at);
    expect(problem).toMatch(message);
    expect(problem).not.toContain('hunter2');
  });
});

test('one option can be set from the command line', () => {
  const layout = load(SMALL, { set: ['config.post-config.$NOVA_CONF.DEFAULT.debug=True'] });
  expect(layout.config).toEqual({ 'post-config': { $NOVA_CONF: { DEFAULT: { debug: 'True' } } } });
});
