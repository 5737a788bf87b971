/** A program that writes journal, vault and log below argv[2] until it is killed, and says what is durable as soon as it is. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedError, StepRecord } from '../../../src/engine/journal.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { JobLogFile } from '../../../src/host/job-log-file.ts';
import { createRedactor } from '../../../src/host/redact.ts';
import { openVault, type Vault } from '../../../src/host/vault.ts';
import type { Database } from '../../../src/journal/database.ts';
import { openState } from '../../../src/journal/open.ts';
import type { Run } from '../../../src/journal/state.ts';
import { newCluster, toCreate } from '../../unit/journal/temporary-state.ts';
import {
  type Acknowledged,
  CLUSTER_ID,
  LOG_FILE,
  LOG_SECRETS,
  logChunk,
  STEPS,
  secretOf,
  VAULT_FILE,
} from './evidence.ts';

const FAILED: RecordedError = { code: 'server-error', message: 'again', details: {}, causes: [] };

/** One write, so that a line is told whole or not at all. */
function say(told: Partial<Acknowledged>): void {
  writeSync(1, `${JSON.stringify(told)}\n`);
}

async function writeJournal({ journal }: Run, { id }: StepRecord): Promise<never> {
  for (let commits = 0; ; commits += 2) {
    const attempt = await journal.openAttempt(id, `nonce ${commits / 2}`, systemClock.now());
    say({ commits: commits + 1 });
    await journal.recordFailed(attempt.id, FAILED, false);
    say({ commits: commits + 2 });
  }
}

async function writeVault(vault: Vault): Promise<never> {
  for (let index = vault.size; ; index++) {
    await vault.ensure(`secret-${index}`, () => secretOf(index));
    say({ secrets: index + 1 });
  }
}

async function writeLog(run: Run, { id }: StepRecord, path: string): Promise<never> {
  const attempt = await run.journal.openAttempt(id, 'nonce of the log', systemClock.now());
  const log = new JobLogFile({
    path,
    kept: null,
    openRedactor: () => createRedactor(LOG_SECRETS).stream(),
    async commit(kept) {
      await run.saveLogPosition(attempt.id, { ...kept, file: path });
      say({ logBytes: kept.offset });
    },
  });
  for (let index = 0; ; index++) await log.append(logChunk(index));
}

const [, , folder = '', ...pragmas] = process.argv;
const state = await openState(folder, toCreate, { clock: systemClock });
// The state never offers this: it is how the harness shows that it can fail, and brings checkpoints about sooner.
const { database } = state as unknown as { readonly database: Database };
for (const pragma of pragmas) database.pragma(pragma);

const vault = await openVault(join(folder, VAULT_FILE), CLUSTER_ID, false);
await vault.ensure('secret-0', () => secretOf(0));
say({ secrets: 1 });
await state.createCluster(newCluster(STEPS));
say({ isSaved: true });
const run = await state.startRun(CLUSTER_ID, 'create', []);
const [first, second] = run.journal.listSteps();
if (first === undefined || second === undefined) throw new Error('the plan was not saved');
await Promise.all([writeJournal(run, first), writeLog(run, second, join(folder, LOG_FILE)), writeVault(vault)]);
