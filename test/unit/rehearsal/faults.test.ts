/** Fault scripts are read completely, or refused with every problem and its line. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BuilderError } from '../../../src/errors.ts';
import { type FaultScript, readFaults } from '../../../src/rehearsal/faults.ts';
import { FAULT_FITS, OPERATIONS, REMOTE_JOB_KINDS } from '../../../src/rehearsal/operations.ts';
import { roughDay } from '../../../src/rehearsal/rough-day.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';

const EXAMPLES = 'layouts/rehearsal';

function rule(text: string): FaultScript {
  return readFaults(`version: 1\nfaults:\n- ${text}\n`, 'faults.yaml');
}

function faultsOf(text: string): unknown {
  return Object.fromEntries(rule(text).rules[0]?.faults ?? []);
}

/** `line:column message; fix` of each problem. */
function problemsOf(text: string): readonly string[] {
  try {
    readFaults(text, 'faults.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof BuilderError)) throw error;
    const problems = error.problems.length === 0 ? [error] : error.problems;
    return problems.map(({ at, message, fix }) => `${at?.replace('faults.yaml:', '')}: ${message}; ${fix}`);
  }
}

function refusal(text: string): string {
  return problemsOf(`version: 1\nfaults:\n- ${text}\n`).join('\n');
}

describe('a valid script', () => {
  test('what is not said happens once, to any resource, the first time', () => {
    const [read] = rule('{on: create-port, status: 500}').rules;
    expect(read).toMatchObject({ of: '*', from: 1, times: 1, chance: 1 });
  });

  test.each([
    [
      'on: create-server, status: 503',
      { refusal: { kind: 'status', status: 503, isDone: false, message: null, retryAfter: null } },
    ],
    [
      'on: create-server, status: 503, effect: true, message: Try later, retry_after: 5',
      { refusal: { kind: 'status', status: 503, isDone: true, message: 'Try later', retryAfter: '5' } },
    ],
    ['on: create-server, token: expired', { refusal: { kind: 'token-expired' } }],
    ['on: create-server, quota: exceeded', { refusal: { kind: 'over-quota' } }],
    ['on: create-server, reply: lost, delay: 30, lag: 60', { reply: 'lost', delayMs: 30_000, lagMs: 60_000 }],
    ['on: delete-port, twice: true', { twice: true }],
    ['on: delete-port, late: 119', { lateMs: 119_000 }],
    ['on: create-server, error: No valid host', { error: 'No valid host' }],
    ['on: delete-server, stuck: 600', { stuckMs: 600_000 }],
    ['on: delete-server, stuck: always', { stuckMs: null }],
    ['on: delete-server, unplug: 60', { unplugMs: 60_000 }],
    ['on: list-ports, of: compute-*, omit: true', { omit: ['compute-*'] }],
    ['on: connect, ssh: denied', { ssh: 'denied' }],
    ['on: session, session: cut-after', { session: 'cut-after' }],
    [
      'on: install-packages, exit: 100, prints: no mirror',
      { ending: { kind: 'exit', code: 100, prints: 'no mirror' } },
    ],
    ['on: run-stack, fails_at: Starting Nova', { ending: { kind: 'stop', milestone: 'Starting Nova', prints: null } }],
    ['on: run-stack, reboots_at: Starting Nova', { ending: { kind: 'reboot', milestone: 'Starting Nova' } }],
    ['on: run-stack, disk: full', { ending: { kind: 'disk-full' } }],
  ])('%s', (text, fault) => {
    const operation = /on: ([a-z-]+)/.exec(text)?.[1] ?? '';
    expect(faultsOf(`{${text}}`)).toEqual({ [operation]: fault });
  });

  test('a pattern means the operations that its faults fit', () => {
    expect(Object.keys(faultsOf('{on: create-*, quota: exceeded}') as object)).not.toContain('create-stack-user');
    const faults = faultsOf('{on: create-*, status: 503, effect: true, error: No valid host}') as Record<
      string,
      unknown
    >;
    expect(faults['create-server']).toHaveProperty('error');
    expect(faults['create-port']).not.toHaveProperty('error');
  });

  test('quotas are taken by the names OpenStack gives them', () => {
    const text = 'version: 1\nquotas: {instances: 2, cores: 8, floatingips: 0, security_group_rules: -1}\n';
    expect(readFaults(text, 'faults.yaml')).toEqual({
      quotas: { instances: 2, cores: 8, floatingIps: 0, securityGroupRules: -1 },
      rules: [],
    });
  });

  test('a rule that was edited is another rule', () => {
    const digest = (text: string): unknown => rule(text).rules[0]?.digest;
    expect(digest('{status: 503, on: create-port}')).toBe(digest('{on: create-port, status: 503}'));
    expect(digest('{on: create-port, status: 504}')).not.toBe(digest('{on: create-port, status: 503}'));
  });
});

describe('problems', () => {
  test('all are told at once, each at its line and column', () => {
    const text = `version: 1
quotas: {instance: 2}
faults:
- on: creat-server
  sttus: 503
- on: [create-port, create-server]
  error: No valid host
  times: never
- of: compute-1
  chance: 2
`;
    expect(problemsOf(text)).toEqual([
      '2:10  quotas.instance: unknown key "instance"; did you mean "instances"?',
      '5:3  faults.0.sttus: unknown key "sttus"; did you mean "status"?',
      '8:10  faults.1.times: faults.1.times: not a whole number from 1 on, nor always; for example 1',
      '9:3  faults.2.on: faults.2.on: not an operation or a list of them; for example create-server',
      '10:11  faults.2.chance: faults.2.chance: not a number above 0 and at most 1; for example 0.2',
      '4:7  faults.0.on: "creat-server" is no operation; did you mean "create-server"?',
      '7:3  faults.1.error: error does not fit create-port; it fits create-server',
      expect.stringMatching(/^9:3 {2}faults\.2: the rule does nothing/),
    ]);
  });

  test.each([
    ['{on: create-port, effect: true}', 'effect says something about status'],
    ['{on: run-stack, prints: text}', 'prints says something about exit or fails_at'],
    ['{on: create-port, status: 503, token: expired}', 'status and token cannot both happen'],
    ['{on: run-stack, exit: 1, reboots_at: Starting Nova}', 'exit and reboots_at cannot both happen'],
    ['{on: create-port, status: 503, lag: 5}', 'lag needs something that was done'],
    ['{on: create-server, quota: exceeded, error: text}', 'error needs something that was done'],
    ['{on: create-port, status: 503, twice: true}', 'twice needs something that was done'],
    ['{on: create-port, status: 503, late: 5}', 'status and late cannot both happen'],
    ['{on: create-port, twice: true, late: 5}', 'late and twice cannot both happen'],
    ['{on: show-port, late: 5}', 'late does not fit show-port'],
    ['{on: list-ports, twice: true}', 'twice does not fit list-ports'],
    ['{on: list-ports, of: compute-1, status: 503}', 'list-ports is not about one resource'],
    ['{on: delete-*, lag: 5}', 'lag does not fit delete-*'],
    ['{on: show-server, ssh: refused}', 'ssh does not fit show-server'],
    ['{on: connect, status: 503}', 'status does not fit connect'],
    ['{on: issue-token, token: expired}', 'token does not fit issue-token'],
    ['{on: install-packages, fails_at: Starting Nova}', 'fails_at does not fit install-packages'],
    ['{on: [create-port, 5], status: 503}', 'not an operation or a list of them'],
    ['{on: clone-devstak, exit: 1}', 'did you mean "clone-devstack"?'],
    ['{on: everything, exit: 1}', 'for example create-server, '],
    ['{on: connect, reply: html}', 'it fits operations like create-server, list-servers, delete-port'],
    ['{on: connect, disk: full}', 'it fits operations like install-packages, run-stack'],
  ])('%s: refused', (text, message) => {
    expect(refusal(text)).toContain(message);
  });
});

test.each(readdirSync(EXAMPLES))('the example %s is valid and says what it shows', (name) => {
  const text = readFileSync(`${EXAMPLES}/${name}`, 'utf8');
  const { quotas, rules } = readFaults(text, name);
  expect(Object.keys(quotas).length + rules.length).toBeGreaterThan(0);
  expect(text).toMatch(/^# .*\n(?:#.*\n)*# .*--rehearsal-faults layouts\/rehearsal\//);
  expect(text).toContain(`layouts/rehearsal/${name}`);
});

test('on a rough day every rule happens to something, by chance', () => {
  const { rules } = roughDay();
  expect(rules.filter(({ faults }) => faults.size === 0)).toEqual([]);
  expect(Math.max(...rules.map(({ chance }) => chance))).toBeLessThan(0.2);
});

test('what a rule may be about is an operation of the simulated API or of its servers', () => {
  for (const fits of Object.values(FAULT_FITS)) expect(OPERATIONS).toEqual(expect.arrayContaining([...fits]));
  expect(Object.keys(faultsOf('{on: "*", delay: 1}') as object)).toEqual(
    expect.arrayContaining(['create-server', 'list-ports', 'show-image', 'issue-token']),
  );
});

test('the known remote jobs are the steps of the builder that run on servers, and those of verify', () => {
  const onlyAsksTheCloud =
    /^(?:create-(?:server|port|security-group|floating-ip)|allow-traffic|remove-(?:server|node)|wait-server|wait-ssh)$/;
  // Its job is that of run-stack.
  const isOwnJob = (kind: string): boolean => kind !== 'start-stack';
  const kinds = [...STEP_KINDS.keys()].filter((kind) => !onlyAsksTheCloud.test(kind) && isOwnJob(kind));
  expect(REMOTE_JOB_KINDS.toSorted()).toEqual([...kinds, 'verify-ask', 'verify-guests'].toSorted());
});
