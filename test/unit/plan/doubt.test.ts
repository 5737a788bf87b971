/** What is told of attempts in doubt: which are meant, what was looked at, what is known, what would settle them, and the exit code. */
import { describe, expect, it } from 'vitest';
import type { StepRecord } from '../../../src/engine/journal.ts';
import type { Resolution, Word } from '../../../src/engine/resolution.ts';
import { BuilderError } from '../../../src/errors.ts';
import { chooseOpen, describeDoubt, exitCodeOfDoubts, openSteps } from '../../../src/plan/doubt.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';

function stepOf(key: string, state: StepRecord['state'] = 'open'): StepRecord {
  const [kind = '', node = ''] = key.split('/');
  const attempt = { id: 1, stepId: 1, number: 2, nonce: 'n1', epoch: 3, intendedAt: new Date(0), error: null };
  const isOpen = state === 'open';
  return {
    id: 1,
    planned: { key, kind, version: 1, node: node === '' ? null : node, lifetime: 'server', input: {}, after: [] },
    generation: 2,
    state,
    output: null,
    attempts: [{ ...attempt, state: isOpen ? 'uncertain' : 'ok', endedAt: isOpen ? null : new Date(1) }],
  };
}

function tell(key: string, resolution: Resolution, word: Word | null = null): ReturnType<typeof describeDoubt> {
  const kind = STEP_KINDS.get(key.split('/')[0] ?? '');
  if (kind === undefined) throw new Error(key);
  return describeDoubt(stepOf(key), kind, resolution, word, 'lab');
}

const doubt = (code: 'blind-list' | 'host-key' | 'no-ssh'): Resolution => ({
  end: 'in-doubt',
  error: new BuilderError(code, `it is ${code}`),
});
const absent: Resolution = { end: 'absent', isTold: false };

describe('which attempts are meant', () => {
  const steps = [stepOf('create-port/a', 'done'), stepOf('create-server/a'), stepOf('run-stack/b')];

  it('all that are open, or the named one', () => {
    expect(openSteps(steps).map(({ planned }) => planned.key)).toEqual(['create-server/a', 'run-stack/b']);
    expect(chooseOpen(steps, null)).toHaveLength(2);
    expect(chooseOpen(steps, 'run-stack/b').map(({ planned }) => planned.key)).toEqual(['run-stack/b']);
    expect(chooseOpen([], null)).toEqual([]);
  });

  it.each([
    ['create-port/a', '"create-port/a" is done', 'in doubt: create-server/a, run-stack/b'],
    ['create-port/z', '"create-port/z" is no step', 'in doubt: create-server/a, run-stack/b'],
  ])('%s is not, and what is in doubt is named', (key, message, fix) => {
    expect(() => chooseOpen(steps, key)).toThrow(expect.objectContaining({ code: 'not-in-doubt', message, fix }));
    expect(() => chooseOpen([], key)).toThrow(expect.objectContaining({ fix: 'nothing is in doubt' }));
  });
});

describe('what is told of an attempt', () => {
  it('its identity, when it was sent, and the lists that leave it in doubt', () => {
    expect(tell('create-server/a', doubt('blind-list'))).toEqual({
      step: 'create-server/a',
      node: 'a',
      generation: 2,
      attempt: 2,
      nonce: 'n1',
      sentAt: '1970-01-01T00:00:00.000Z',
      evidence: "the cloud's lists: a server with this mark",
      verdict: 'in-doubt',
      known: 'it is blind-list',
      remedy:
        'lists that can be believed: ./builder resolve lab; or, once you have looked yourself: ./builder resolve lab create-server/a --absent, or --found ID',
    });
  });

  it.each([
    ['run-stack/a', 'the record of job run-stack-g2 on a'],
    ['install-packages/a', 'the record of job install-packages-g2-a2 on a'],
    ['remove-server/a', 'nothing: it may be done again as it is'],
  ])('%s: evidence is %s', (key, evidence) => {
    expect(tell(key, { end: 'resumable', trace: null })).toMatchObject({
      evidence,
      verdict: 'resumable',
      remedy: null,
    });
  });

  it('a node that does not answer is asked again; no object can be named for a job', () => {
    expect(tell('run-stack/a', doubt('no-ssh')).remedy).toBe(
      'an answer of a: ./builder resolve lab; or, once you have looked yourself: ./builder resolve lab run-stack/a --absent',
    );
  });

  it('what belongs to no node waits for an answer of the cloud', () => {
    expect(tell('allow-traffic/', doubt('no-ssh')).remedy).toMatch(/^an answer of the cloud: /);
  });

  it('nothing where nothing is open', () => {
    const kind = STEP_KINDS.get('create-server')!;
    const tellDone = (): unknown => describeDoubt(stepOf('create-server/a', 'done'), kind, absent, null, 'lab');
    expect(tellDone).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it.each<[string, Resolution, string]>([
    ['create-server/a', { end: 'found', output: { serverId: 's1' } }, 'found, and recorded as ours: s1'],
    ['run-stack/a', { end: 'found', output: {} }, 'found, and recorded as ours: its end'],
    ['create-server/a', absent, 'it had no effect: the next create tries it anew'],
    ['create-server/a', { end: 'absent', isTold: true }, 'it had no effect, as you say: the next create tries it anew'],
    ['wait-server/a', absent, 'it only looked: the next create looks again'],
    [
      'run-stack/a',
      { end: 'resumable', trace: { text: 'the job is over: exit 0' } },
      'the job is over: exit 0; the next create takes it up, and nothing is done twice',
    ],
    ['create-server/a', { end: 'canceled' }, 'the look was cut off'],
  ])('%s, %o', (key, resolution, known) => {
    expect(tell(key, resolution).known).toBe(known);
  });

  it('of a named object, that it was looked at itself', () => {
    const word: Word = { says: 'found', id: 's1', by: 'me@here' };
    expect(tell('create-server/a', { end: 'found', output: { serverId: 's1' } }, word).evidence).toBe(
      'the object itself: s1',
    );
  });
});

describe('the exit code', () => {
  it.each<[number, readonly Resolution[]]>([
    [0, []],
    [0, [absent, { end: 'resumable', trace: null }, { end: 'found', output: {} }]],
    [75, [absent, doubt('blind-list')]],
    [75, [doubt('no-ssh'), doubt('blind-list')]],
    [75, [{ end: 'canceled' }]],
    [10, [doubt('blind-list'), doubt('host-key')]],
  ])('is %i', (code, ends) => {
    expect(exitCodeOfDoubts(ends)).toBe(code);
  });
});
