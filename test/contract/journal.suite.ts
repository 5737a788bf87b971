/** What every implementation of the journal port must do, whatever keeps its rows. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal, RecordedError, StepRecord } from '../../src/engine/journal.ts';
import type { PlannedStep } from '../../src/engine/step.ts';

export interface JournalSubject {
  readonly journal: Journal;
  /** The same cluster's journal after this builder died and another took over. */
  reopen(): Promise<Journal>;
  teardown(): void | Promise<void>;
}

function planned(kind: string, node: string | null, after: readonly string[] = []): PlannedStep {
  const lifetime = node === null ? 'cluster' : 'server';
  return { key: `${kind}/${node ?? 'cluster'}`, kind, version: 1, node, lifetime, input: { of: kind }, after };
}

/** The plan that `setup` saves: two nodes `a` and `b`. */
export const CONTRACT_PLAN: readonly PlannedStep[] = [
  planned('prepare', null),
  planned('create', 'a', ['prepare/cluster']),
  planned('stack', 'a', ['create/a']),
  planned('create', 'b', ['prepare/cluster']),
  planned('stack', 'b', ['create/b', 'stack/a']),
];

const lost: RecordedError = {
  code: 'uncertain-write',
  message: 'lost',
  at: 'POST',
  fix: 'again',
  details: { status: 503 },
  causes: ['reset'],
};
const intended = new Date('2026-03-04T05:06:07.890Z');

/** Registers the suite; `setup` saves CONTRACT_PLAN and gives its journal. */
export function journalSuite(name: string, setup: () => Promise<JournalSubject>): void {
  describe(`the journal port: ${name}`, () => {
    let subject: JournalSubject;
    let journal: Journal;
    beforeEach(async () => {
      subject = await setup();
      journal = subject.journal;
    });
    afterEach(() => subject.teardown());

    const step = (key: string, from = journal): StepRecord => {
      const found = from.listSteps().find((candidate) => candidate.planned.key === key);
      if (found === undefined) throw new Error(`no step ${key}`);
      return found;
    };
    const begin = (key: string, nonce = `nonce of ${key}`) => journal.openAttempt(step(key).id, nonce, intended);

    it('gives back the plan as it was saved, in its order', () => {
      const steps = journal.listSteps();
      expect(steps.map((record) => record.planned)).toEqual(CONTRACT_PLAN);
      expect(
        steps.every(
          ({ state, generation, output, attempts }) =>
            state === 'pending' && generation === 1 && output === null && attempts.length === 0,
        ),
      ).toBe(true);
    });

    it('an intent survives the builder that wrote it', async () => {
      const attempt = await begin('create/a');
      expect(attempt).toMatchObject({
        number: 1,
        state: 'intent',
        nonce: 'nonce of create/a',
        epoch: journal.epoch,
        intendedAt: intended,
        endedAt: null,
      });
      const later = await subject.reopen();
      expect(later.epoch).toBeGreaterThan(attempt.epoch);
      expect(step('create/a', later)).toMatchObject({ state: 'open', attempts: [attempt] });
    });

    it('an attempt in doubt stays open and says why', async () => {
      const attempt = await begin('create/a');
      await journal.markUncertain(attempt.id, lost);
      expect(step('create/a')).toMatchObject({
        state: 'open',
        attempts: [{ state: 'uncertain', error: lost, endedAt: null }],
      });
    });

    it('an outcome closes the attempt and keeps the output', async () => {
      const attempt = await begin('create/a');
      await journal.recordDone(attempt.id, { serverId: 's', list: [1, null, 'x'] }, null);
      expect(step('create/a')).toMatchObject({
        state: 'done',
        output: { serverId: 's', list: [1, null, 'x'] },
        attempts: [{ state: 'ok' }],
      });
      expect(step('create/a').attempts[0]?.endedAt).toBeInstanceOf(Date);
    });

    it('a failure that is not final leaves the step to be tried again, under the next number', async () => {
      await journal.recordFailed((await begin('create/a', 'one')).id, lost, false);
      expect(step('create/a').state).toBe('pending');
      expect(await begin('create/a', 'two')).toMatchObject({ number: 2 });
    });

    it('a final failure stays until it is reopened', async () => {
      await journal.recordFailed((await begin('create/a')).id, lost, true);
      expect(step('create/a')).toMatchObject({ state: 'failed', attempts: [{ state: 'failed', error: lost }] });
      await expect(begin('create/a', 'other')).rejects.toThrow(/cannot become open/);
      await journal.reopenFailed([step('create/a').id]);
      expect(step('create/a').state).toBe('pending');
    });

    it('an attempt without effect is moot, and the step may be begun anew', async () => {
      await journal.recordMoot((await begin('create/a', 'one')).id);
      expect(step('create/a')).toMatchObject({ state: 'pending', attempts: [{ state: 'moot' }] });
      expect(await begin('create/a', 'two')).toMatchObject({ number: 2, state: 'intent' });
    });

    it('refuses a second open attempt, a second outcome and a nonce used before', async () => {
      const attempt = await begin('create/a');
      await expect(begin('create/a', 'other')).rejects.toThrow();
      await expect(begin('create/b', 'nonce of create/a')).rejects.toThrow();
      await journal.recordDone(attempt.id, {}, null);
      await expect(journal.recordFailed(attempt.id, lost, true)).rejects.toThrow(/cannot become failed/);
      expect(step('create/a').state).toBe('done');
      expect(step('create/b').state).toBe('pending');
    });

    it('reopens failed steps only', async () => {
      await begin('create/a');
      await expect(journal.reopenFailed([step('create/a').id])).rejects.toThrow(/not failed/);
      expect(step('create/a').state).toBe('open');
    });

    it('a replacement gives the node a new generation, and every new step the place of the old one', async () => {
      await journal.recordDone((await begin('create/a')).id, { serverId: 's' }, null);
      const old = ['create/a', 'stack/a', 'stack/b'].map((key) => step(key).id);
      const removal = planned('remove', 'a');
      const insert = [
        removal,
        planned('create', 'a', ['prepare/cluster', 'remove/a']),
        planned('stack', 'a', ['create/a']),
        planned('stack', 'b', ['create/b', 'stack/a']),
      ];
      await journal.replace({ nodes: ['a'], supersede: old, insert, reason: 'broken' });
      expect([journal.generationOf('a'), journal.generationOf('b')]).toEqual([2, 1]);
      expect(
        journal.listSteps().map(({ planned: { key }, generation, state }) => `${key} g${generation} ${state}`),
      ).toEqual([
        'prepare/cluster g1 pending',
        'remove/a g2 pending',
        'create/a g2 pending',
        'stack/a g2 pending',
        'create/b g1 pending',
        'stack/b g1 pending',
      ]);
    });

    it('attempt numbers of one generation go on when its step is replaced, so that no job on the node is taken for another', async () => {
      await journal.recordFailed((await begin('stack/b', 'one')).id, lost, true);
      const again = planned('stack', 'b', ['create/b', 'stack/a']);
      await journal.replace({
        nodes: [],
        supersede: [step('stack/b').id],
        insert: [again],
        reason: 'its predecessor changed',
      });
      expect(step('stack/b').attempts).toEqual([]);
      expect(await begin('stack/b', 'two')).toMatchObject({ number: 2 });
    });

    it('a replacement that names what does not exist changes nothing', async () => {
      const before = journal.listSteps();
      const insert = [planned('create', 'c')];
      await expect(
        journal.replace({ nodes: ['a'], supersede: [step('create/a').id], insert, reason: '' }),
      ).rejects.toThrow(/node c/);
      await expect(journal.replace({ nodes: ['c'], supersede: [], insert: [], reason: '' })).rejects.toThrow(/node c/);
      await expect(journal.replace({ nodes: ['a'], supersede: [4711], insert: [], reason: '' })).rejects.toThrow(
        /no step 4711/,
      );
      expect(journal.listSteps()).toEqual(before);
      expect(journal.generationOf('a')).toBe(1);
    });

    it('refuses steps, attempts and nodes it does not have', async () => {
      await expect(journal.openAttempt(4711, 'n', intended)).rejects.toThrow(/no step 4711/);
      await expect(journal.recordMoot(4711)).rejects.toThrow(/no attempt 4711/);
      expect(() => journal.generationOf('nobody')).toThrow(/no node nobody/);
    });
  });
}
