/** Mirrors and proxies: what pip and apt are told, and that no node is ever asked for through a proxy. */
import { expect, test } from 'vitest';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { aptConf, type Mirrors, NO_MIRRORS, pipConf, proxyVariables } from '../../../src/roles/mirrors.ts';
import { computeOf, controllerOf, valueOf } from './requests.ts';

const ADDRESSES = new Map([
  ['controller', '10.20.0.11'],
  ['compute-1', '10.20.0.21'],
]);
const PROXY: Mirrors = {
  ...NO_MIRRORS,
  proxy: { http: 'http://proxy:3128', https: 'http://proxy:3129', noProxy: ['.example.org', '10.20.0.11'] },
};

test('nothing is written where nothing is said', () => {
  expect([pipConf(NO_MIRRORS), aptConf(NO_MIRRORS, ADDRESSES)]).toEqual([null, null]);
  expect(proxyVariables(NO_MIRRORS, ADDRESSES)).toEqual({});
  const empty = { ...NO_MIRRORS, proxy: { http: null, https: null, noProxy: ['a'] } };
  expect([aptConf(empty, ADDRESSES), proxyVariables(empty, ADDRESSES)]).toEqual([null, {}]);
});

test('pip has what is said in its own words', () => {
  const pip = { indexUrl: 'http://mirror/simple', trustedHost: 'mirror', timeout: 60, retries: null };
  expect(pipConf({ ...NO_MIRRORS, pip })).toBe(
    '# Written by builder.\n[global]\nindex-url = http://mirror/simple\ntrusted-host = mirror\ntimeout = 60\n',
  );
});

test('apt has its own proxy or that of all, and every node directly', () => {
  const text = aptConf(PROXY, ADDRESSES) ?? '';
  expect(text).toContain('Acquire::http::Proxy "http://proxy:3128";\nAcquire::https::Proxy "http://proxy:3129";\n');
  for (const host of ['localhost', '10.20.0.21', 'compute-1'])
    expect(text).toContain(`Acquire::http::Proxy::${host} "DIRECT";`);
  // apt knows no suffixes.
  expect(text).not.toContain('.example.org');
  const own = aptConf({ ...NO_MIRRORS, apt: { proxy: 'http://cache:3142', retries: 7 } }, ADDRESSES) ?? '';
  expect(own).toContain('Acquire::Retries "7";\nAcquire::http::Proxy "http://cache:3142";');
});

test('no_proxy of every node has the machine, all addresses, all names and the layout’s own, each once', () => {
  for (const request of [controllerOf({ mirrors: PROXY }), computeOf({ mirrors: PROXY })]) {
    const text = renderLocalConf(request);
    expect(valueOf(text, 'http_proxy')).toBe('http://proxy:3128');
    expect(valueOf(text, 'https_proxy')).toBe('http://proxy:3129');
    expect(valueOf(text, 'no_proxy')).toBe(
      'localhost,127.0.0.1,::1,10.20.0.11,10.20.0.21,10.20.0.22,controller,compute-1,compute-2,.example.org',
    );
    expect(checkLocalConf(text)).toEqual([]);
  }
});

test('what the nodes are called on an overlay is reached directly too', () => {
  const { no_proxy: direct = '' } = proxyVariables(PROXY, ADDRESSES, ['172.24.8.1', '172.24.8.2']);
  expect(direct.split(',')).toEqual(expect.arrayContaining(['172.24.8.1', '172.24.8.2', '10.20.0.21']));
});
