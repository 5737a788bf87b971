/** What stands in the way of a destroy, rows 68 to 72. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { stateOf } from '../../../src/rehearsal/server-life.ts';
import type { Ended } from '../../support/run-builder.ts';
import type { BadInput } from './bad-input.ts';
import { FAST, openBuiltScene, openScene } from './scene.ts';

const DESTROY = ['destroy', ...FAST] as const;

async function destroyLocked(context: TestContext, ...words: readonly string[]): Promise<Ended> {
  const scene = await openBuiltScene(context);
  scene.changeServer(() => ({ isLocked: true }));
  return await scene.run(...DESTROY, ...words);
}

async function destroyWithoutState(context: TestContext): Promise<Ended> {
  const scene = await openBuiltScene(context);
  const [server] = scene.world().server.values();
  for (const name of readdirSync(scene.state).filter((file) => file.includes('.db'))) rmSync(join(scene.state, name));
  const words = ['--cluster-id', server?.metadata['dsb_cluster'] ?? '', '--cloud', 'rehearsal'];
  const ended = await scene.run(...DESTROY, ...words);
  context.expect([...scene.world().server.values()].map((row) => stateOf(row, Infinity).status)).toEqual(['ACTIVE']);
  return ended;
}

export const DESTROY_INPUTS: readonly BadInput[] = [
  {
    row: 68,
    how: 'none exists',
    says: /^error E6001 unknown-cluster: "labx"$/,
    fix: /^build one: \.\/builder create/,
    exit: 2,
    provoke: async (context) => await openScene(context).run('destroy', 'labx'),
  },
  {
    row: 68,
    how: 'another exists',
    says: /^error E6001 unknown-cluster: "labx"$/,
    fix: /^the state has: devstack$/,
    exit: 2,
    provoke: async (context) => await (await openBuiltScene(context)).run('destroy', 'labx'),
  },
  {
    row: 69,
    how: 'locked',
    says: /^error E6002 left-behind: server dsb-devstack-controller-g1 \([0-9a-f-]{36}\) locked/,
    fix: /^unlock them, or pass --unlock$/,
    exit: 6,
    provoke: async (context) => await destroyLocked(context),
  },
  {
    row: 69,
    how: 'locked, and --unlock',
    says: /^devstack: nothing is left$/,
    exit: 0,
    provoke: async (context) => await destroyLocked(context, '--unlock'),
  },
  {
    row: 69,
    how: 'in use at first',
    says: /^devstack: nothing is left$/,
    exit: 0,
    async provoke(context) {
      const scene = await openBuiltScene(context);
      return await scene.run(...DESTROY, ...scene.faults('on: [delete-port, delete-security-group], status: 409'));
    },
  },
  {
    row: 71,
    how: 'not confirmed',
    says: /^error E1006 needs-confirmation: found 4 objects of cluster [a-z2-7]{26}\.$/,
    fix: /^say --yes$/,
    exit: 2,
    provoke: destroyWithoutState,
  },
];
