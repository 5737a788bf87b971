/** `mirrors:` is read whole, and refused where it would give a secret away or say a thing twice. */
import { describe, expect, test } from 'vitest';
import { load, problemsOf, SMALL } from './small-layout.ts';

test('what is not said is null', () => {
  expect(load(SMALL).mirrors).toEqual({ pip: null, apt: null, proxy: null });
  const said = 'mirrors: {pip: {timeout: 60}, apt: {proxy: "http://cache:3142"}, proxy: {http: "http://proxy:3128"}}';
  expect(load(`${SMALL}${said}\n`).mirrors).toEqual({
    pip: { indexUrl: null, trustedHost: null, timeout: 60, retries: null },
    apt: { proxy: 'http://cache:3142', retries: null },
    proxy: { http: 'http://proxy:3128', https: null, noProxy: [] },
  });
});

describe('refused', () => {
  test.each([
    [
      'a password in a proxy',
      'mirrors: {proxy: {http: "http://me:hunter2@proxy"}}',
      'secret-in-url mirrors.proxy.http',
    ],
    [
      'a token in an index',
      'mirrors: {pip: {index_url: "http://m/x?t=hunter2"}}',
      'secret-in-url mirrors.pip.index_url',
    ],
    ['another kind of URL', 'mirrors: {apt: {proxy: "ftp://mirror"}}', 'bad-value mirrors.apt.proxy'],
    ['a host that is a list', 'mirrors: {proxy: {no_proxy: ["a,b"]}}', 'bad-value mirrors.proxy.no_proxy.0'],
    ['an unknown key', 'mirrors: {pip: {index: x}}', 'unknown-key mirrors.pip.index'],
  ])('%s', (_what, line, expected) => {
    const problems = problemsOf(`${SMALL}${line}\n`);
    expect(problems.map(({ code, at = '' }) => `${code} ${at.replace(/^\S+ +/, '')}`)).toEqual([expected]);
    expect(String(problems[0]?.message) + String(problems[0]?.fix)).not.toContain('hunter2');
  });

  test('a proxy that localrc names too', () => {
    const text = `${SMALL.replace('GIT_DEPTH: 1', 'no_proxy: localhost')}mirrors: {proxy: {http: "http://proxy"}}\n`;
    expect(problemsOf(text).map(({ at }) => at)).toEqual(['layout.yaml:4:3  localrc.no_proxy']);
  });
});
