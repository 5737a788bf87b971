/** `npm run test:devstack`: the tests of a real stack.sh, for a layout, with kills at random moments where they are asked for. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clusterKeptIn } from './kept.ts';
import { REAL_LAYOUTS } from './real-layouts.ts';

const NAMES = Object.keys(REAL_LAYOUTS);
const USAGE = `npm run test:devstack [-- --layout NAME --kills N --seed S --keep --kept FOLDER]

Builds a real DevStack cloud on the OpenStack of OS_CLOUD, verifies it before and after the cloud has rebooted a node
of it, adds a compute and removes it again where that proves something, and removes the whole. Without --kills the
builder is killed once, inside the first stack.sh of the API node.

  --layout NAME  ${NAMES.join(', ')} [${NAMES[0]}]
  --kills N      kill -9 at N random moments, spread over create and destroy, instead
  --seed S       the moments of an earlier run, which printed its seed
  --keep         leaves the cluster as it is when something failed, for a look
  --kept FOLDER  goes on with the cluster that was left so, whose state is this
`;

/** What the tests read of their environment; ends the process where that cannot be meant. */
function readWishes(): Record<string, string> {
  const options = {
    layout: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
    kept: { type: 'string' },
  } as const;
  try {
    const { layout = NAMES[0] ?? '', kills, seed, keep = false, kept } = parseArgs({ options }).values;
    if (!NAMES.includes(layout)) throw new Error(`--layout takes one of ${NAMES.join(', ')}`);
    const wishes = {
      BUILDER_TEST_LAYOUT: layout,
      ...(keep && { BUILDER_TEST_KEEP: 'yes' }),
      ...(kept !== undefined && { BUILDER_TEST_KEPT: kept }),
    };
    if (kept !== undefined && clusterKeptIn(kept) === null) throw new Error('--kept takes a folder that --keep named');
    if (kills === undefined && seed === undefined) return wishes;
    if (!/^[1-9]\d{0,2}$/.test(kills ?? '')) throw new Error('--kills takes a whole number from 1 to 999');
    if (!/^\d{0,9}$/.test(seed ?? '')) throw new Error('--seed takes a whole number');
    return { ...wishes, BUILDER_TEST_KILLS: kills ?? '', BUILDER_TEST_SEED: seed ?? '' };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(2);
  }
}

const top = join(import.meta.dirname, '..', '..');
const vitest = join(top, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--config', join('scripts', 'rules', 'vitest.config.ts')];
const env = { ...process.env, BUILDER_TESTS: 'devstack', ...readWishes() };
// Ctrl-C reaches vitest too, which ends in its own time.
process.on('SIGINT', () => undefined);
spawn(process.execPath, args, { cwd: top, env, stdio: 'inherit' }).once('close', (code) => process.exit(code ?? 1));
