/** One server list for everybody who waits. */
import { describe, expect, test } from 'vitest';
import type { Server } from '../../../src/cloud/cloud.ts';
import { pollServers } from '../../../src/cloud/poll-servers.ts';
import { server } from '../plan/cloud-fixture.ts';

const ANY = new AbortController().signal;

/** Lists that come one after another, and a clock that never waits. */
function pollOf(lists: readonly (readonly Server[] | Error)[]): {
  poll: ReturnType<typeof pollServers>;
  requests: () => number;
} {
  let requests = 0;
  const poll = pollServers(
    {
      listServers: async () => {
        const list = lists[Math.min(requests, lists.length - 1)] ?? [];
        requests += 1;
        if (list instanceof Error) throw list;
        return list;
      },
    },
    { sleep: async () => undefined },
    ANY,
  );
  return { poll, requests: () => requests };
}

const isActive = (seen: Server | null): boolean => seen?.status === 'ACTIVE';

describe('one list serves everybody who waits', () => {
  test('two servers that become ACTIVE at the second look cost two requests', async () => {
    const building = [server('a', { status: 'BUILD' }), server('b', { status: 'BUILD' })];
    const { poll, requests } = pollOf([building, [server('a'), server('b')]]);
    const [a, b] = await Promise.all([poll.wait('a', isActive, ANY), poll.wait('b', isActive, ANY)]);
    expect([a?.id, b?.id]).toEqual(['a', 'b']);
    expect(requests()).toBe(2);
  });
  test('a server that is not listed is null to who asks', async () => {
    const { poll } = pollOf([[]]);
    expect(await poll.wait('a', (seen) => seen === null, ANY)).toBeNull();
  });
  test('polling begins again for who comes later', async () => {
    const { poll, requests } = pollOf([[server('a')]]);
    await poll.wait('a', isActive, ANY);
    await poll.wait('a', isActive, ANY);
    expect(requests()).toBe(2);
  });
});

test('a list that fails ends every wait on it', async () => {
  const { poll } = pollOf([new Error('down')]);
  await expect(Promise.all([poll.wait('a', isActive, ANY), poll.wait('b', isActive, ANY)])).rejects.toThrow('down');
});

test('who gives up leaves the others waiting', async () => {
  const impatient = new AbortController();
  const { poll } = pollOf([[server('a', { status: 'BUILD' })], [server('a')]]);
  const given = poll.wait('a', isActive, impatient.signal);
  const kept = poll.wait('a', isActive, ANY);
  impatient.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  expect((await kept)?.status).toBe('ACTIVE');
});
