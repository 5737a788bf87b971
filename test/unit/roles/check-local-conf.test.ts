/** Each trap that DevStack swallows silently is named before the file is written. */
import { expect, test } from 'vitest';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { computeOf, controllerOf } from './requests.ts';

const GOOD = renderLocalConf(controllerOf());

function problems(text: string): readonly string[] {
  return checkLocalConf(text).map((problem) => `${problem.at ?? ''}: ${problem.message}`);
}

test.each([
  ['an undefined variable in a header', GOOD.replace('$NEUTRON_CONF', '$NEUTRON_CNF'), /would be skipped/],
  ['an unknown phase', GOOD.replace('post-config', 'postconfig'), /no phase "postconfig"/],
  ['blanks inside a header', GOOD.replace('[[post-config|$', '[[post-config| $'), /allows no blanks/],
  ['blanks before a header', GOOD.replace('[[post-config', ' [[post-config'), /allows no blanks/],
  ['text before the first header', `A=1\n${GOOD}`, /local.conf:1: text before the first header/],
  ['an option before its section', GOOD.replace('[DEFAULT]\n', ''), /before the first \[section\]/],
  ['an option twice', GOOD.replace('[DEFAULT]\n', '[DEFAULT]\na = 1\na = 2\n'), /a stands twice in \[DEFAULT\]/],
  ['blanks around "="', GOOD.replace('VERBOSE=True', 'VERBOSE = True'), /blanks around "="/],
  ['a carriage return', GOOD.replace('VERBOSE=True', 'VERBOSE=True\r'), /carriage return/],
  ['an open quote', GOOD.replace('VERBOSE=True', "VERBOSE='True"), /unbalanced quotes/],
  ['exit', GOOD.replace('VERBOSE=True', 'exit 0'), /exit ends stack.sh/],
  ['a computed value', GOOD.replace('VERBOSE=True', 'VERBOSE=$(id)'), /neither a comment nor a plain assignment/],
  ['a key twice', GOOD.replace('VERBOSE=True', 'VERBOSE=True\nVERBOSE=True'), /assigned twice/],
  ['a password that stack.sh would ask for', GOOD.replace(/^RABBIT_PASSWORD=.*\n/m, ''), /RABBIT_PASSWORD is missing/],
  ['an empty password', GOOD.replace(/^ADMIN_PASSWORD=.*$/m, 'ADMIN_PASSWORD='), /ADMIN_PASSWORD is missing/],
  ['no localrc', GOOD.replace('localrc', 'localcr'), /exactly one/],
  ['two localrc sections', `${GOOD}[[local|localrc]]\n`, /exactly one/],
  [
    'a section for Tempest without it',
    `${GOOD}[[test-config|$TEMPEST_CONFIG]]\n[compute]\na = 1\n`,
    /only where tempest runs/,
  ],
])('%s', (_, text, message) => {
  expect(problems(text).join('\n')).toMatch(message);
});

test('a key of a map is assigned like any other, once', () => {
  const line = 'SYSTEMD_ENV_VARS["n-novnc-cell1"]=A=true\n';
  expect(problems(GOOD.replace('VERBOSE=True\n', `VERBOSE=True\n${line}`))).toEqual([]);
  expect(problems(GOOD.replace('VERBOSE=True\n', line + line)).join()).toMatch(/assigned twice/);
  expect(problems(GOOD.replace('VERBOSE=True\n', 'A["$(id)"]=1\n'))).toHaveLength(1);
});

test("DevStack's own functions and comments are no trap", () => {
  const more =
    '# more\nenable_plugin heat https://opendev.org/openstack/heat stable/2026.1\nenable_service h-eng h-api\n\n';
  expect(problems(GOOD.replace('VERBOSE=True\n', `VERBOSE=True\n${more}`))).toEqual([]);
  expect(problems(GOOD.replace('VERBOSE=True\n', 'VERBOSE=True\nenable_service $(id)\n'))).toHaveLength(1);
});

test('a neutron file on a node without neutron', () => {
  const services = { add: [], remove: ['q-ovn-agent'] };
  const text = `${renderLocalConf(computeOf({ services }))}[[post-config|/$NEUTRON_CORE_PLUGIN_CONF]]\n[a]\nb = 1\n`;
  expect(problems(text)).toEqual([expect.stringContaining('is there only where neutron runs')]);
});
