/** The journal contract on the real state. */
import { CONTRACT_PLAN, journalSuite } from '../../contract/journal.suite.ts';
import { newCluster, TemporaryStates } from './temporary-state.ts';

journalSuite('SQLite', async () => {
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
});
