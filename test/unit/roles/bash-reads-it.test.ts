/** The file as DevStack's own means read it: its awk splits the sections, real bash sources the localrc part. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { refuseKey, refuseValue } from '../../../src/layout/localrc-keys.ts';
import { layoutOn } from '../../../src/roles/distro-localrc.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { fillSecrets } from '../../../src/roles/secrets.ts';
import { computeOf, controllerOf } from './requests.ts';

const folder = mkdtempSync(join(tmpdir(), 'local-conf-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** get_meta_section of DevStack's inc/meta-config, word for word, then the file sourced as stackrc does it. */
const READ = `
get_meta_section() {
  awk -v matchgroup=$2 -v configfile=$3 '
    BEGIN { group = "" }
    /^\\[\\[.+\\|.*\\]\\]/ {
      gsub("[][]", "", $1);
      split($1, a, "|");
      if (a[1] == matchgroup && a[2] == configfile) { group=a[1] } else { group="" }
      next
    }
    { if (group != "") print $0 }
  ' $1
}
disable_all_services() { ENABLED_SERVICES=""; }
declare -A SYSTEMD_ENV_VARS
get_meta_section "$1" local localrc >"$1.auto"
source "$1.auto" || exit 1
shift
for key in "$@"; do printf '%s\\0' "\${!key}"; done
`;

/** Values of localrc keys after real bash has read the file. */
function readBack(text: string, keys: readonly string[]): readonly string[] {
  const file = join(folder, 'local.conf');
  writeFileSync(file, text);
  const run = spawnSync('bash', ['--norc', '-c', READ, 'bash', file, ...keys], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error !== undefined) throw run.error;
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  return run.stdout.split('\0').slice(0, -1);
}

test('bash reads addresses, secrets and services as they were meant', () => {
  const text = fillSecrets(renderLocalConf(controllerOf()), (name) => `${name.replaceAll('_', '')}A1`);
  const keys = [
    'HOST_IP',
    'RABBIT_HOST',
    'ADMIN_PASSWORD',
    'NETWORK_GATEWAY',
    'PUBLIC_NETWORK_GATEWAY',
    'PUBLIC_BRIDGE_MTU',
  ];
  expect(readBack(text, keys)).toEqual([
    '10.20.0.11',
    '10.20.0.11',
    'adminpasswordA1',
    '10.1.0.1',
    '172.24.5.1',
    '1450',
  ]);
  expect(readBack(text, ['ENABLED_SERVICES'])[0]).toMatch(/^key,mysql,rabbit,.*,ovsdb-server$/);
});

test('what a distribution needs is read as DevStack’s own jobs set it', () => {
  const { layout, ...request } = controllerOf({ devstack: { ref: 'master', gitBase: null } });
  const read = (distro: string, version: string, key: string): readonly string[] =>
    readBack(renderLocalConf({ ...request, layout: layoutOn(layout, { distro, version }) }), [key]);
  const variable = 'SYSTEMD_ENV_VARS[n-novnc-cell1]';
  expect(read('ubuntu', '26.04', variable)).toEqual(['OS_NOVA_DISABLE_EVENTLET_PATCHING=true']);
  expect(read('ubuntu', '24.04', variable)).toEqual(['']);
  expect(read('rocky', '9.5', 'PYTHON3_VERSION')).toEqual(['3.11']);
});

test('whatever value a layout may hold survives byte for byte', () => {
  const key = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/).filter((candidate) => refuseKey(candidate) === null);
  const nasty = fc.constantFrom(
    "'",
    '"',
    '\\',
    '$',
    '`',
    '!',
    '~',
    '#',
    ' ',
    '\t',
    '[[local|x]]',
    '{{',
    '$(id)',
    '${A}',
    'é',
    '\u{1f600}',
    '*',
    ';',
    '%s',
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(nasty).map((parts) => parts.join('')),
  );
  const localrcs = fc.dictionary(
    key,
    value.filter((candidate) => refuseValue(candidate) === null),
    { maxKeys: 40, noNullPrototype: true },
  );
  fc.assert(
    fc.property(localrcs, (localrc) => {
      const text = fillSecrets(renderLocalConf(computeOf({ localrc })), () => 'a1b2c3d4');
      expect(readBack(text, Object.keys(localrc))).toEqual(Object.values(localrc));
    }),
    { numRuns: 40 },
  );
});
