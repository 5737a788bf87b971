/** The port of a replaced server: old holders are asked to go, others are left alone, and all of it is waited for. */
import { expect, test } from 'vitest';
import type { Port, Server } from '../../../src/cloud/cloud.ts';
import type { StepContext } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import { createServer } from '../../../src/steps/create-server.ts';
import { freePort } from '../../../src/steps/free-port.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { removeServer } from '../../../src/steps/remove-server.ts';
import { EMPTY_SURVEY, mark, server } from '../plan/cloud-fixture.ts';

const OLD = server('old', { mark: mark('create-server/a', { generation: 1 }) });

interface World {
  /** The server that has the port at a time, and what its id finds. */
  readonly holder: (ms: number) => string;
  readonly found?: Server;
  readonly blindUntilMs?: number;
  /** Until it is asked to go. */
  readonly listed?: Server;
}

function contextOf({ holder, found, blindUntilMs = 0, listed }: World) {
  let ms = 0;
  const asked: string[] = [];
  const reports: string[] = [];
  const cloud = {
    getPort: async () => ({ id: 'p1', deviceId: holder(ms), projectId: 'ours' }) as Port,
    getServer: async () => found ?? null,
    deleteServer: async (id: string) => void asked.push(id),
    forceDeleteServer: async (id: string) => void asked.push(`force ${id}`),
    survey: async () => ({
      ...EMPTY_SURVEY,
      servers: listed === undefined ? [] : [listed],
      blindness: ms < blindUntilMs ? ['Nova lists 0 servers, but counts 1'] : [],
    }),
    createServer: async () => {
      asked.push(`create at ${ms}`);
      throw new BuilderError('conflict', 'Port p1 is still in use.', { disposition: 'in-doubt' });
    },
  };
  const context = {
    key: 'create-server/a',
    generation: 2,
    nonce: 'n2',
    epoch: 1,
    signal: new AbortController().signal,
    report: (text: string) => reports.push(text),
    outputOf: () => ({ portId: 'p1' }),
    findOutput: () => ({ portId: 'p1' }),
    ports: {
      cloud,
      cluster: { id: 'c1', name: 'lab', settleMs: 10_000 },
      keys: { publicOf: () => '', make: () => ({ privateKey: '', publicKey: '' }) },
      servers: { wait: async () => null },
      recordGone: async (_kind: string, id: string) => void asked.push(`gone ${id}`),
      secrets: { get: () => '', ensure: async () => '' },
      clock: { monotonicMs: () => ms, sleep: async (waitMs: number) => void (ms += waitMs) },
    },
  } as unknown as StepContext<StepPorts>;
  return { context, asked, reports, waitedMs: () => ms };
}

const isOld = (): boolean => true;

test('a free port is not waited for', async () => {
  const { context, waitedMs } = contextOf({ holder: () => '' });
  expect(await freePort(context, 'a', isOld)).toBe(true);
  expect(waitedMs()).toBe(0);
});

test('a port that a server kept which is gone is waited for, and that is said', async () => {
  const { context, waitedMs, reports } = contextOf({ holder: (ms) => (ms < 60_000 ? 'old' : '') });
  expect(await freePort(context, 'a', isOld)).toBe(true);
  expect(waitedMs()).toBeLessThan(80_000);
  expect(reports).toContain('waiting for the port: server old still has it');
});

test('one that is never freed is given up after two minutes', async () => {
  const { context, waitedMs } = contextOf({ holder: () => 'old' });
  expect(await freePort(context, 'a', isOld)).toBe(false);
  expect(waitedMs()).toBeLessThan(140_000);
});

test('an old server of ours that no list shows is asked to go', async () => {
  const { context, asked } = contextOf({ holder: (ms) => (ms < 5_000 ? 'old' : ''), found: OLD });
  expect(await freePort(context, 'a', isOld)).toBe(true);
  expect(asked).toEqual(['old']);
});

test('a softly deleted one is deleted by force', async () => {
  const found = { ...OLD, status: 'SOFT_DELETED' };
  const { context, asked } = contextOf({ holder: (ms) => (ms < 5_000 ? 'old' : ''), found });
  await freePort(context, 'a', isOld);
  expect(asked).toEqual(['force old']);
});

test.each([
  ['of another cluster', { mark: mark('create-server/a', { cluster: 'c2' }) }],
  ['of another node', { mark: mark('create-server/b') }],
  ['without a mark', { mark: null }],
  ['of another project', { projectId: 'theirs' }],
])('a server %s is left alone', async (_, changes) => {
  const { context, asked } = contextOf({ holder: () => 'old', found: { ...OLD, ...changes } });
  expect(await freePort(context, 'a', isOld)).toBe(false);
  expect(asked).toEqual([]);
});

test('a server is not removed before its port is free, however long the lists are blind', async () => {
  const { context, asked, waitedMs } = contextOf({
    holder: (ms) => (ms < 60_000 ? 'old' : ''),
    found: OLD,
    blindUntilMs: 8_000,
  });
  expect(await removeServer.perform(context, { node: 'a', generation: 1 })).toEqual({});
  expect(asked).toContain('old');
  expect(waitedMs()).toBeGreaterThanOrEqual(60_000);
});

test('a server that was seen to go is recorded as gone, so that destroy does not wait for it', async () => {
  const { context, asked } = contextOf({ holder: () => '', listed: OLD });
  await removeServer.perform(context, { node: 'a', generation: 1 });
  expect(asked).toEqual(['old', 'gone old']);
});

test('a port that stays in use is a failure that may be tried again', async () => {
  const { context } = contextOf({ holder: () => 'old' });
  await expect(removeServer.perform(context, { node: 'a', generation: 1 })).rejects.toMatchObject({
    code: 'conflict',
    disposition: 'retryable',
  });
});

const SERVER = { node: 'a', imageId: 'i', flavorId: 'f', zones: [], keyName: null, user: 'debian' };

test('a create that was refused because of its port waits for it, and stays in doubt', async () => {
  const { context, asked, waitedMs } = contextOf({ holder: (ms) => (ms < 60_000 ? 'old' : ''), found: OLD });
  await expect(createServer.perform(context, SERVER)).rejects.toMatchObject({
    code: 'conflict',
    disposition: 'in-doubt',
  });
  expect(asked.slice(0, 2)).toEqual(['create at 0', 'old']);
  expect(waitedMs()).toBeGreaterThanOrEqual(60_000);
});

test('a port that this very create has, being delivered twice, is left to it', async () => {
  const found = server('new', { mark: mark('create-server/a', { generation: 2, nonce: 'n2' }) });
  const { context, asked, waitedMs } = contextOf({ holder: () => 'new', found });
  await expect(createServer.perform(context, SERVER)).rejects.toMatchObject({ disposition: 'in-doubt' });
  expect(asked).toEqual(['create at 0']);
  expect(waitedMs()).toBe(0);
});
