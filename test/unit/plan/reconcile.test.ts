/** What a resumed create mends first. */
import { describe, expect, test } from 'vitest';
import type { Mark, Survey } from '../../../src/cloud/cloud.ts';
import type { StepRecord } from '../../../src/engine/journal.ts';
import type { JsonObject } from '../../../src/engine/step.ts';
import { checkNewest, type Missing, missingFrom, type Reconciliation, reconcile } from '../../../src/plan/reconcile.ts';
import type { OnFailure } from '../../../src/plan/recover.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { EMPTY_SURVEY, mark, server } from './cloud-fixture.ts';

let id = 0;
function step(key: string, state: StepRecord['state'], changes: Partial<StepRecord> = {}): StepRecord {
  id += 1;
  const [kind = '', node = ''] = key.split('/');
  const lifetime = kind === 'create-port' ? 'cluster' : 'server';
  return {
    id,
    planned: { key, kind, version: 1, node, lifetime, input: {}, after: [] },
    generation: 1,
    state,
    output: null,
    attempts: [],
    ...changes,
  };
}

function failedWith(code: string, details: JsonObject = {}): StepRecord['attempts'] {
  const error = { code, message: code, details, causes: [] };
  const at = new Date(0);
  return [{ id: 1, stepId: 1, number: 1, nonce: 'n', epoch: 1, state: 'failed', intendedAt: at, endedAt: at, error }];
}

function mend(
  steps: readonly StepRecord[],
  survey: Survey,
  gone: readonly Missing[],
  onFailure: OnFailure = 'continue',
): Reconciliation {
  return reconcile(steps, survey, gone, { roles: new Map([['compute-1', 'compute']]), onFailure });
}

const MADE = step('create-server/compute-1', 'done', { output: { serverId: 's1' } });
const PORT = step('create-port/compute-1', 'done', { output: { portId: 'p1' } });
const seeing = (changes: Partial<Survey>): Survey => ({ ...EMPTY_SURVEY, ...changes });
const missing = (key: string, kind: Missing['kind'], gone: string): Missing => ({
  key,
  kind,
  id: gone,
  visibleAt: new Date(0),
});

describe('a resumed create mends what it finds', () => {
  test('a server that is there is left alone', () => {
    expect(mend([MADE], seeing({ servers: [server('s1')] }), []).replace.size).toBe(0);
  });
  test('a server that vanished is made anew', () => {
    const gone = [missing('create-server/compute-1', 'server', 's1')];
    expect([...mend([MADE], EMPTY_SURVEY, gone).replace]).toEqual([['compute-1', 'its server is gone']]);
  });
  test('a server that is not listed, but not proven gone either, is left alone', () => {
    expect(mend([MADE], EMPTY_SURVEY, []).replace.size).toBe(0);
  });
  test.each([
    ['which says why', 'No valid host', 'its server is in ERROR: No valid host'],
    ['which says nothing', null, 'its server is in ERROR: no fault given'],
  ])('a server in ERROR, %s, is made anew', (_what, fault, reason) => {
    const survey = seeing({ servers: [server('s1', { status: 'ERROR', fault })] });
    expect([...mend([MADE], survey, []).replace]).toEqual([['compute-1', reason]]);
  });
  test('a stack.sh that failed costs a fresh server', () => {
    const failed = step('run-stack/compute-1', 'failed', { attempts: failedWith('stack-failed') });
    expect([...mend([failed], EMPTY_SURVEY, []).replace.keys()]).toEqual(['compute-1']);
  });
  test('one that another try may mend is run again on the same server, unless fresh servers are asked for', () => {
    const failed = step('run-stack/compute-1', 'failed', {
      attempts: failedWith('stack-failed', { isRetryable: true }),
    });
    const again = { replace: new Map(), restack: [failed], reopen: [failed.id] };
    expect(mend([failed], EMPTY_SURVEY, [])).toEqual(again);
    expect(mend([failed], EMPTY_SURVEY, [], 'stop')).toEqual(again);
    expect([...mend([failed], EMPTY_SURVEY, [], 'replace').replace.keys()]).toEqual(['compute-1']);
    const gone = [missing('create-server/compute-1', 'server', 's1')];
    expect(mend([MADE, failed], EMPTY_SURVEY, gone)).toMatchObject({ restack: [] });
  });
  test('also one whose error was not kept: it may have begun', () => {
    const failed = step('run-stack/compute-1', 'failed');
    expect([...mend([failed], EMPTY_SURVEY, []).replace]).toEqual([
      ['compute-1', 'run-stack failed (its error was not kept)'],
    ]);
  });
  test('a failed step of no node costs no server', () => {
    const planned = { ...step('allow-traffic/cluster', 'failed').planned, node: null };
    const failed = step('allow-traffic/cluster', 'failed', { planned, attempts: failedWith('forbidden') });
    expect(mend([failed], EMPTY_SURVEY, [])).toEqual({ replace: new Map(), restack: [], reopen: [failed.id] });
  });
  test('of several reasons the first in plan order is told', () => {
    const failed = step('run-stack/compute-1', 'failed', { attempts: failedWith('stack-failed') });
    const gone = [missing('create-server/compute-1', 'server', 's1')];
    expect([...mend([MADE, failed], EMPTY_SURVEY, gone).replace]).toEqual([['compute-1', 'its server is gone']]);
  });
  test('any other failed step is simply tried again', () => {
    const failed = step('install-packages/compute-1', 'failed', { attempts: failedWith('job-failed') });
    expect(mend([failed], EMPTY_SURVEY, [])).toEqual({ replace: new Map(), restack: [], reopen: [failed.id] });
  });
  test('a port that is gone is named: every node knows its address', () => {
    const gone = [missing('create-port/compute-1', 'port', 'p1')];
    expect(() => mend([PORT], EMPTY_SURVEY, gone)).toThrow(expect.objectContaining({ code: 'drift' }));
  });
});

describe('what a survey does not show', () => {
  const NOW = new Date('2026-01-01T12:00:00Z');
  const answered = { ...failedWith('')[0], state: 'ok', error: null, endedAt: new Date('2026-01-01T11:59:00Z') };

  test('is told of finished steps only, with the time until which it may be invisible', () => {
    const group = step('create-security-group/cluster', 'done', { output: { securityGroupId: 'g1' } });
    const steps = [
      { ...MADE, attempts: [answered] } as StepRecord,
      PORT,
      group,
      step('allow-traffic/cluster', 'done', { output: { securityGroupId: 'g1' } }),
      step('create-floating-ip/compute-1', 'pending'),
    ];
    const found = { securityGroups: [{ id: 'g1', name: 'g', mark: null, projectId: 'ours' }] };
    expect(missingFrom(steps, seeing(found), STEP_KINDS, 120_000, NOW)).toEqual([
      { ...missing('create-server/compute-1', 'server', 's1'), visibleAt: new Date('2026-01-01T12:01:00Z') },
      missing('create-port/compute-1', 'port', 'p1'),
    ]);
  });
  test('is nothing where the list is blind, for that proves no absence', () => {
    expect(missingFrom([MADE], seeing({ blindness: ['Nova lists 0 of 1 servers'] }), STEP_KINDS, 120_000, NOW)).toEqual(
      [],
    );
  });
});

describe('an older copy of the state is noticed', () => {
  const nonces = new Set(['nonce-create-server/compute-1']);
  const made = (changes: Partial<Mark> = {}): Survey =>
    seeing({ servers: [server('s1', { mark: mark('create-server/compute-1', changes) })] });

  test('objects of a later epoch stop everything', () => {
    const later = made({ epoch: 12 });
    expect(() => checkNewest(later, 'c1', { epoch: 8, nonces })).toThrow(
      expect.objectContaining({ code: 'rolled-back', exitCode: 8 }),
    );
    expect(() => checkNewest(later, 'c1', { epoch: 12, nonces })).not.toThrow();
    expect(() => checkNewest(later, 'another', { epoch: 8, nonces })).not.toThrow();
  });
  test('of all that was made later, the newest epoch is told', () => {
    const survey = seeing({
      servers: [
        server('s1', { mark: mark('create-server/compute-1', { epoch: 9 }) }),
        server('s2', { mark: mark('create-server/compute-2', { epoch: 12 }) }),
      ],
    });
    expect(() => checkNewest(survey, 'c1', { epoch: 8, nonces })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('2 objects'),
        at: 'create-server/compute-1',
        state: 'nothing was touched; they carry epoch 12, this run is 8',
      }),
    );
  });
  test('objects that it never asked for do too, however often its epoch was raised since', () => {
    expect(() => checkNewest(made({ nonce: 'of a later run' }), 'c1', { epoch: 99, nonces })).toThrow(
      expect.objectContaining({ code: 'rolled-back', fix: expect.stringContaining('recover --cluster-id c1') }),
    );
  });
});
