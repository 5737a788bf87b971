/** The journal contract on the real state. */
import { expect, test } from 'vitest';
import { narrowJournal } from '../../../src/engine/narrow-journal.ts';
import { CONTRACT_PLAN, type JournalSubject, journalSuite } from '../../contract/journal.suite.ts';
import { newCluster, TemporaryStates } from './temporary-state.ts';

async function setup(): Promise<JournalSubject> {
  const states = new TemporaryStates();
  const folder = states.folder();
  const first = await states.openState(folder);
  const cluster = await first.createCluster(newCluster(CONTRACT_PLAN));
  const run = await first.startRun(cluster.id, 'create', []);
  return {
    journal: run.journal,
    async reopen() {
      first.close();
      const second = await states.openState(folder);
      return (await second.startRun(cluster.id, 'create', [])).journal;
    },
    teardown: () => states.clean(),
  };
}

journalSuite('SQLite', setup);

// `remove/a` is what the suite's replacement adds.
const everything = new Set([...CONTRACT_PLAN.map(({ key }) => key), 'remove/a']);

journalSuite('narrowed to steps that are all of them', async () => {
  const subject = await setup();
  return {
    ...subject,
    journal: narrowJournal(subject.journal, everything),
    reopen: async () => narrowJournal(await subject.reopen(), everything),
  };
});

test('a narrowed journal shows its steps alone, and the journal keeps the others', async () => {
  const { journal, teardown } = await setup();
  const narrow = narrowJournal(journal, new Set(['prepare/cluster', 'create/b']));
  expect(narrow.listSteps().map(({ planned }) => planned.key)).toEqual(['prepare/cluster', 'create/b']);
  expect(journal.listSteps()).toHaveLength(CONTRACT_PLAN.length);
  await teardown();
});
