/** A rehearsal cloud served by the test's own process, so that the test may say what scripts do, and the production client on it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { openCloud, readCredentials } from '../../src/cloud/providers.ts';
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import { readFaults } from '../../src/rehearsal/faults.ts';
import type { ProgramSource } from '../../src/rehearsal/node/view.ts';
import { type ServedRehearsal, serveRehearsal } from '../../src/rehearsal/serve.ts';
import { credentialsOf } from '../../src/rehearsal/start.ts';

/** Where a ledger may be; removed after the file's tests. Called while they are collected. */
export function placeLedger(): string {
  const folder = mkdtempSync(join(tmpdir(), 'builder-rehearsal-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'ledger.jsonl');
}

/** On a calm day. */
export async function serveHere(
  ledger: string,
  speed: number,
  programs: readonly ProgramSource[] = [],
): Promise<ServedRehearsal> {
  const data = { ledger, speed, seed: 0, faults: readFaults('version: 1', '') };
  return await serveRehearsal(data, { clock: systemClock, random: systemRandom, programs });
}

/** Not connected yet. */
export async function openServed(url: string): Promise<Cloud> {
  const world = { environment: credentialsOf(url), home: '/', cwd: '/', read: () => Promise.resolve(null) };
  return openCloud(await readCredentials(world), { clock: systemClock, random: systemRandom });
}
