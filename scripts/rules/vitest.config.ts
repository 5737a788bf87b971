/** The settings of the tests: one project per tier, results for people and as JSON, and coverage when asked for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import type { Reporter } from 'vitest/node';
import { chooseTiers, type Tier, type TierChoice } from './tiers.ts';

const root = join(import.meta.dirname, '..', '..');

function chooseTiersHere(): TierChoice {
  try {
    return chooseTiers({
      environment: process.env,
      isRoot: process.getuid?.() === 0,
      hasSshd: existsSync('/usr/sbin/sshd'),
      nodeVersion: process.versions.node,
    });
  } catch (error) {
    // chooseTiers throws sentences for people, and vitest would wrap them in a stack.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return process.exit(9);
  }
}

const wish = process.env['BUILDER_TESTS'] ?? '';
const { tiers, skipped } = chooseTiersHere();

/** Said at the end, where it is read, in the words of the tier that is missing. */
const skippedTiers: Reporter = {
  onTestRunEnd: () => {
    for (const why of skipped) process.stdout.write(`   skipped: ${why}\n`);
  },
};

/** Counting lines makes every process slower, and the many short ones most: what runs them gets three times as long. */
const isMeasured = process.argv.some((word) => word.startsWith('--coverage'));
const minutes = isMeasured ? 180_000 : 60_000;

/** Vitest's own choice leaves one core alone, which on a machine of two is half of all. */
const EVERY_CORE = '100%';

/** A later group starts when the one before has ended: what measures time is not disturbed by what burns it. */
const projects: Record<Tier, TestProjectConfiguration> = {
  unit: {
    extends: true,
    test: {
      name: 'unit',
      maxWorkers: EVERY_CORE,
      include: ['test/*.test.ts', 'test/{unit,simulation,contract,upgrade}/**/*.test.ts'],
      sequence: { groupOrder: 0 },
    },
  },
  wire: {
    extends: true,
    // They wait more than they compute.
    test: {
      name: 'wire',
      include: ['test/wire/**/*.test.ts'],
      maxWorkers: 4,
      testTimeout: 5 * minutes,
      sequence: { groupOrder: 1 },
    },
  },
  faults: {
    extends: true,
    test: {
      name: 'faults',
      include: ['test/faults/**/*.test.ts'],
      maxWorkers: 3,
      testTimeout: 8 * minutes,
      sequence: { groupOrder: 2 },
    },
  },
  hosts: {
    extends: true,
    test: {
      name: 'hosts',
      include: ['test/hosts/**/*.test.ts'],
      maxWorkers: EVERY_CORE,
      testTimeout: 3 * minutes,
      sequence: { groupOrder: 3 },
    },
  },
  live: {
    extends: true,
    // One cloud, one quota: one file at a time.
    test: {
      name: 'live',
      include: ['test/live/**/*.test.ts'],
      maxWorkers: 1,
      testTimeout: 10 * minutes,
      hookTimeout: 5 * minutes,
      sequence: { groupOrder: 4 },
    },
  },
  devstack: {
    extends: true,
    test: {
      name: 'devstack',
      include: ['test/devstack/**/*.test.ts'],
      maxWorkers: 1,
      testTimeout: 60 * minutes,
      hookTimeout: 10 * minutes,
      sequence: { groupOrder: 5 },
    },
  },
};

export default defineConfig({
  root,
  cacheDir: '.cache/vite',
  test: {
    projects: tiers.map((tier) => projects[tier]),
    reporters: ['default', 'json', skippedTiers],
    outputFile: { json: `.cache/tests/${wish === '' ? 'all' : wish}.json` },
    // A simulated builder that died may have had several things on their way; what they say then is of no concern.
    onUnhandledError: ({ name }) => name !== 'Crash',
    // Machines of CI do other work meanwhile; a limit only has to end what hangs.
    testTimeout: 2 * minutes,
    hookTimeout: 2 * minutes,
    // Then Node itself takes the types off, as it does in a builder that a test starts: what both ran can be added up.
    experimental: { viteModuleRunner: !isMeasured },
    coverage: {
      provider: 'v8',
      // The builder on the wire is a process of its own, and its rehearsal cloud a thread of that.
      autoAttachSubprocess: true,
      include: ['src/**/*.ts'],
      reportsDirectory: 'coverage',
      reporter: ['text-summary', 'html'],
      thresholds: {
        'src/{engine,plan,journal}/**': { lines: 100, branches: 100, functions: 100, statements: 100 },
        lines: 90,
        branches: 90,
        functions: 90,
        statements: 90,
      },
    },
  },
});
