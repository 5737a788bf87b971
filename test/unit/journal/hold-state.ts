/** A program that opens the state in argv[2] and holds it until it is killed; says `ready`, `busy` or the error's code. */

import { BuilderError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { openState } from '../../../src/journal/open.ts';
import { newCluster, plannedStep, toCreate } from './temporary-state.ts';

try {
  const state = await openState(process.argv[2] ?? '', toCreate, {
    clock: systemClock,
    processFacts: { pid: process.pid, host: 'desk' },
  });
  if (process.argv[3] === 'plan') {
    const cluster = await state.createCluster(newCluster([plannedStep('create', 'a')]));
    const run = await state.startRun(cluster.id, 'create', []);
    await run.journal.openAttempt(run.journal.listSteps()[0]?.id ?? 0, 'its nonce', new Date());
  }
  process.stdout.write('ready\n');
  // Alive without a timer: stdin stays open until the test ends it.
  process.stdin.resume();
} catch (error) {
  process.stdout.write(`${error instanceof BuilderError ? error.code : String(error)}\n`);
}
