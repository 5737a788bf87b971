/** Opens what a power cut left with the builder's own code, and compares it with what was acknowledged before. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRecord } from '../../../src/engine/journal.ts';
import { JobLogFile } from '../../../src/host/job-log-file.ts';
import { createRedactor } from '../../../src/host/redact.ts';
import { openVault } from '../../../src/host/vault.ts';
import { openState } from '../../../src/journal/open.ts';
import type { State } from '../../../src/journal/state.ts';
import { standingClock, toCreate } from '../../unit/journal/temporary-state.ts';
import { type Acknowledged, CLUSTER_ID, LOG_FILE, LOG_SECRETS, logChunk, secretOf, VAULT_FILE } from './evidence.ts';

export interface Verdict {
  /** Acknowledged commits, of journal, vault and log together, that are not there. */
  readonly lost: number;
  /** What is there and must not be, or cannot be read. */
  readonly damage: readonly string[];
}

/** Commits that the attempts of a step stand for; throws where they are no prefix of what the worker does. */
export function countCommits(attempts: readonly AttemptRecord[]): number {
  attempts.forEach(({ number, nonce, state }, index) => {
    const isLast = index === attempts.length - 1;
    if (number !== index + 1 || nonce !== `nonce ${index}` || (state !== 'failed' && !(isLast && state === 'intent'))) {
      throw new Error(`attempt ${index} is number ${number} with ${nonce}, ${state}`);
    }
  });
  return 2 * attempts.length - (attempts.at(-1)?.state === 'intent' ? 1 : 0);
}

function countJournal(state: State): number {
  const step = state.listSteps(CLUSTER_ID)[0];
  const commits = countCommits(step?.attempts ?? []);
  const expected = commits % 2 === 1 ? 'open' : 'pending';
  if (step !== undefined && step.state !== expected) throw new Error(`the step is ${step.state}, not ${expected}`);
  return commits;
}

async function countSecrets(folder: string): Promise<number> {
  const secrets = (await openVault(join(folder, VAULT_FILE), CLUSTER_ID, false)).entries();
  for (let index = 0; index < secrets.size; index++) {
    if (secrets.get(`secret-${index}`) !== secretOf(index)) throw new Error(`the vault has no good secret-${index}`);
  }
  return secrets.size;
}

/** Takes the log up where it was committed, as a resume does, and compares every byte; how much had been kept. */
async function countLog(state: State, folder: string): Promise<number> {
  const position = state.listLogs(CLUSTER_ID)[0]?.position ?? null;
  if (position === null) return 0;
  const path = join(folder, LOG_FILE);
  const chunks: Buffer[] = [];
  let bytes = 0;
  while (bytes <= position.offset) {
    const chunk = logChunk(chunks.length);
    chunks.push(chunk);
    bytes += chunk.length;
  }
  const raw = Buffer.concat(chunks);
  if (createHash('sha256').update(raw.subarray(0, position.offset)).digest('hex') !== position.prefixSha256)
    throw new Error('the digest of the log is of something else');
  const openRedactor = () => createRedactor(LOG_SECRETS).stream();
  const log = new JobLogFile({ path, kept: position, openRedactor, commit: async () => undefined });
  await log.append(raw);
  await log.end();
  const redactor = openRedactor();
  const expected = Buffer.concat([redactor.push(raw), redactor.end()]);
  if (!existsSync(path) || !readFileSync(path).equals(expected)) throw new Error('the log holds something else');
  return position.offset;
}

/** Never throws: what the builder's code throws over an image is damage. */
export async function inspectImage(folder: string, told: Acknowledged): Promise<Verdict> {
  const damage: string[] = [];
  const look = async <T>(what: string, work: () => T | Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      damage.push(`${what}: ${String(error)}`);
      return otherwise;
    }
  };
  const state = await look('state', () => openState(folder, toCreate, { clock: standingClock }), null);
  if (state === null) return { lost: 0, damage };
  try {
    const isSaved = state.findCluster('lab') !== null;
    const commits = await look('journal', () => countJournal(state), told.commits);
    const secrets = await look('vault', () => countSecrets(folder), told.secrets);
    const logBytes = await look('log', () => countLog(state, folder), told.logBytes);
    if (isSaved && secrets === 0) damage.push('vault: a cluster was saved whose secrets are not kept');
    const lost =
      Number(told.isSaved && !isSaved) +
      Math.max(0, told.commits - commits) +
      Math.max(0, told.secrets - secrets) +
      Number(logBytes < told.logBytes);
    return { lost, damage };
  } finally {
    state.close();
  }
}
