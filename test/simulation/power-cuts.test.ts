/** A power cut at any moment loses nothing that was acknowledged and damages nothing: a slice of what `test/torture` tries. */
import { describe, expect, test } from 'vitest';
import { runPowerCuts, whyNoPowerCuts } from '../torture/power-cut/run-power-cuts.ts';
import { runTornLogs } from '../torture/power-cut/run-torn-logs.ts';

const SEED = 20_261_121;
const LIMIT_MS = 120_000;
const NOTHING_WRONG = { lostCommits: 0, damagedImages: 0, complaints: [] };

const why = whyNoPowerCuts();
if (why !== null) process.stdout.write(`   skipped: ${why}\n`);

describe.skipIf(why !== null)('a power cut', () => {
  test('leaves every acknowledged commit of journal, vault and log, and nothing torn', {
    timeout: LIMIT_MS,
  }, async () => {
    const report = await runPowerCuts({ seed: SEED, cases: 144 });
    expect(report).toMatchObject({ ...NOTHING_WRONG, images: 144, kills: 3 });
    expect(report.mostCommits).toBeGreaterThan(10);
  });

  test('takes commits from a journal that does not sync each: the harness can fail', {
    timeout: LIMIT_MS,
  }, async () => {
    const report = await runPowerCuts({ seed: 1, cases: 48 }, ['synchronous = NORMAL']);
    expect(report.lostCommits).toBeGreaterThan(10);
  });
});

test('a write-ahead log torn anywhere gives back a prefix of its commits', { timeout: LIMIT_MS }, async () => {
  const report = await runTornLogs({ seed: SEED, cases: 400 });
  expect(report).toMatchObject({ ...NOTHING_WRONG, images: 400 });
  expect(report.mostCommits).toBeGreaterThan(30);
});
