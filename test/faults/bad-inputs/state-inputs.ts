/** What is wrong with the state, this machine or the builder's own life, rows 53 to 67 and 74. */
import { chmodSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { type Ended, killHard, type Running, runBuilder, waitForOutput } from '../../support/run-builder.ts';
import { NO_CLOUD } from '../../wire/rehearse.ts';
import type { BadInput } from './bad-input.ts';
import { CREATE, CREATE_SMALL, openBuiltScene, openScene, type Scene } from './scene.ts';

/** A minute and a half for a cluster: time enough to do something to its builder. */
const CREATE_SLOWLY =
  'create --cloud rehearsal --layout all-in-one --settle 1 --progress plain --rehearsal-speed 30'.split(' ');

/** A builder in the middle of its work. */
async function begin(context: TestContext): Promise<{ readonly scene: Scene; readonly running: Running }> {
  const scene = openScene(context);
  const running = scene.start(...CREATE_SLOWLY);
  context.onTestFinished(async () => {
    await killHard(running);
  });
  await waitForOutput(running, (output) => output.includes('create the server … started'));
  return { scene, running };
}

/** Spoils the file of a finished cluster's state, then asks to go on. */
function createAfter(spoil: (scene: Scene) => void): BadInput['provoke'] {
  return async (context) => {
    const scene = await openBuiltScene(context);
    spoil(scene);
    return await scene.run(...CREATE_SMALL);
  };
}

async function createBesideStopped(context: TestContext): Promise<Ended> {
  const { scene, running } = await begin(context);
  running.child.kill('SIGSTOP');
  return await scene.run(...CREATE_SMALL);
}

async function createFenced(context: TestContext): Promise<Ended> {
  const { scene, running } = await begin(context);
  scene.alter('UPDATE owner SET epoch = epoch + 1');
  return await running.ended;
}

function createStoppedBy(...signals: readonly NodeJS.Signals[]): BadInput['provoke'] {
  return async (context) => {
    const { running } = await begin(context);
    for (const signal of signals) {
      running.child.kill(signal);
      await waitForOutput(running, (output) => output.includes('stopping'));
    }
    return await running.ended;
  };
}

async function createWithoutTerminal(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const running = scene.start(...CREATE_SMALL);
  await waitForOutput(running, (output) => output.includes('starting'));
  running.child.stdout?.destroy();
  running.child.stderr?.destroy();
  context.expect((await running.ended).code).toBe(0);
  return await scene.run('status');
}

async function createAfterKill(context: TestContext): Promise<Ended> {
  const { scene, running } = await begin(context);
  await killHard(running);
  const ended = await scene.run(...CREATE_SMALL);
  context.expect(scene.countMade('server')).toBe(1);
  return ended;
}

async function createFromOldCopy(context: TestContext): Promise<Ended> {
  const scene = await openBuiltScene(context);
  scene.changeServer(({ metadata }) => ({ metadata: { ...metadata, dsb_epoch: '12' } }));
  return await scene.run(...CREATE_SMALL);
}

/** On a cloud of its own: three nodes, and descriptors for one. */
async function createWithFewDescriptors(context: TestContext): Promise<Ended> {
  const { state } = openScene(context);
  const under = ['sh', '-c', 'ulimit -n 100 && exec "$@"', 'sh'];
  return await runBuilder(CREATE, { state, environment: NO_CLOUD, under });
}

async function createWithOneNode(context: TestContext): Promise<Ended> {
  const { state } = openScene(context);
  const under = ['sh', '-c', 'ulimit -n 100 && exec "$@"', 'sh'];
  const ended = await runBuilder(CREATE_SMALL, { state, environment: NO_CLOUD, under });
  context.expect(ended.stderr).not.toContain('W9003');
  return ended;
}

export const STATE_INPUTS: readonly BadInput[] = [
  {
    row: 53,
    how: 'asleep',
    says: /^error E7001 busy: pid \d+ on "[^"]+" since \S+ \(create\) works on this state$/,
    fix: /^let it end, or stop it with Ctrl-C, then run the same command again$/,
    exit: 7,
    provoke: createBesideStopped,
  },
  {
    row: 54,
    how: 'a higher epoch in the state',
    says: /^error E7002 fenced: another builder took over \(epoch 2, ours is 1\)$/,
    exit: 7,
    provoke: createFenced,
  },
  {
    row: 56,
    how: 'not a database',
    says: /^error E8002 state-damaged: .*SQLITE_NOTADB/,
    fix: /destroy --cluster-id ID|recover/,
    exit: 8,
    provoke: createAfter(({ state }) => writeFileSync(join(state, 'state.db'), 'x'.repeat(8192))),
  },
  {
    row: 56,
    how: 'truncated',
    says: /^error E8002 state-damaged: .*SQLITE_CORRUPT/,
    fix: /destroy --cluster-id ID|recover/,
    exit: 8,
    provoke: createAfter(({ state }) => truncateSync(join(state, 'state.db'), 8192)),
  },
  {
    row: 57,
    how: '0 bytes',
    says: /^error E8003 state-empty: \S+state\.db is empty$/,
    fix: /destroy --cluster-id ID|recover/,
    exit: 8,
    provoke: createAfter(({ state }) => truncateSync(join(state, 'state.db'), 0)),
  },
  {
    row: 58,
    how: 'create',
    says: /^error E8004 state-newer: the state has schema 999, this builder knows \d+$/,
    fix: /^update the builder$/,
    exit: 8,
    provoke: createAfter(({ alter }) => alter('PRAGMA user_version = 999')),
  },
  {
    row: 58,
    how: 'status',
    says: /^devstack on cloud rehearsal: ready, /,
    exit: 0,
    async provoke(context) {
      const scene = await openBuiltScene(context);
      scene.alter('PRAGMA user_version = 999');
      return await scene.run('status');
    },
  },
  {
    row: 59,
    how: 'objects of a later epoch',
    says: /^error E8005 rolled-back: the state is an older copy: \d+ objects? in the cloud were made after it$/,
    fix: /destroy --cluster-id ID|recover/,
    exit: 8,
    provoke: createFromOldCopy,
  },
  {
    row: 62,
    how: 'a file where the folder should be',
    says: /^error E9002 io: /,
    fix: /^check the owner and mode|another with --state/,
    exit: 9,
    async provoke(context) {
      const scene = openScene(context);
      const state = join(scene.file('state', 'in the way'), 'below');
      return await runBuilder(['create', '--cloud', 'rehearsal'], { state, environment: NO_CLOUD });
    },
  },
  {
    row: 62,
    how: 'a folder for all to write to',
    says: /^error E9002 io: the state folder can be written to by others$/,
    fix: /^chmod 700 /,
    exit: 9,
    provoke: createAfter(({ state }) => chmodSync(state, 0o777)),
  },
  {
    row: 63,
    how: 'ulimit -n 100',
    says: /cluster +W9003 fd-limit: 100; using 1 connection$/,
    exit: 0,
    provoke: createWithFewDescriptors,
  },
  {
    row: 63,
    how: 'which hinders nobody',
    says: /^devstack is ready/,
    exit: 0,
    provoke: createWithOneNode,
  },
  {
    row: 64,
    how: 'once',
    says: /^SIGINT: stopping; no new work is begun, jobs on the servers run on\. Once more ends at once\.$/,
    exit: 130,
    provoke: createStoppedBy('SIGINT'),
  },
  {
    row: 64,
    how: 'twice',
    says: /^SIGINT: stopping; /,
    exit: 130,
    provoke: createStoppedBy('SIGINT', 'SIGINT'),
  },
  {
    row: 65,
    how: 'SIGHUP',
    says: /^SIGHUP: stopping; /,
    exit: 129,
    provoke: createStoppedBy('SIGHUP'),
  },
  {
    row: 65,
    how: 'nobody reads',
    says: /^devstack on cloud rehearsal: ready, /,
    exit: 0,
    provoke: createWithoutTerminal,
  },
  {
    row: 67,
    how: 'kill -9',
    says: /cluster +resuming: \d+ of \d+ steps done/,
    exit: 0,
    provoke: createAfterKill,
  },
  {
    row: 74,
    how: 'a state as no builder writes it',
    says: /^error E0001 internal: /,
    fix: /--debug and report the output$/,
    exit: 1,
    provoke: createAfter(({ alter }) => alter(`UPDATE layouts SET body = '[]'; UPDATE clusters SET choices = '[]'`)),
  },
];
