/** Destroy: in order, ours only, to the very end. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Cloud, SecurityGroup } from '../../../src/cloud/cloud.ts';
import { askToEmpty, emptyCloud } from '../../../src/cluster/empty-cloud.ts';
import type { Known, Sweep } from '../../../src/cluster/sweeper.ts';
import type { RunEvent } from '../../../src/engine/events.ts';
import { BuilderError } from '../../../src/errors.ts';
import { mark, port, server } from '../plan/cloud-fixture.ts';
import { SmallCloud } from './small-cloud.ts';

const ANY = new AbortController().signal;

/** A port of the journal. */
function known(id: string, visibleAtMs = 0): Known {
  return { kind: 'port', id, mark: mark('create-port/a'), visibleAt: new Date(visibleAtMs) };
}

let small: SmallCloud;
let nowMs: number;
let events: RunEvent[];
let records: string[];

beforeEach(() => {
  small = new SmallCloud();
  nowMs = 0;
  events = [];
  records = [];
});

function emptying(changes: Partial<Sweep> = {}): Sweep {
  return {
    cloud: small.cloud,
    owner: { id: 'c1', scope: { projectId: 'ours' } },
    settledAt: new Date(0),
    known: [],
    unlock: false,
    record: async ({ id }, state) => {
      records.push(`${id} ${state}`);
    },
    emit: (event) => events.push(event),
    clock: {
      now: () => new Date(nowMs),
      monotonicMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
    },
    signal: ANY,
    ...changes,
  };
}

const GROUP: SecurityGroup = { id: 'group', name: 'g', mark: mark('create-security-group/cluster'), projectId: 'ours' };
const OURS = server('ours', { mark: mark('create-server/a') });

describe('destroy', () => {
  test('deletes servers, then ports, then groups, and nothing that is not ours', async () => {
    small.servers = [OURS, server('stranger', { name: 'dsb-lab-a-g1' })];
    small.ports = [port('port'), port('other', { mark: null })];
    small.groups = [GROUP];
    await emptyCloud(emptying());
    expect(small.deleted).toEqual(['ours', 'port', 'group']);
    expect(small.servers.map(({ id }) => id)).toEqual(['stranger']);
  });
  test('looks once more after the settle window, and finds a late twin', async () => {
    small.servers = [OURS];
    const late = server('late', { mark: mark('create-server/b') });
    const options = emptying({ settledAt: new Date(60_000) });
    const { sleep } = options.clock;
    const clock = {
      ...options.clock,
      sleep: async (ms: number, signal: AbortSignal) => {
        await sleep(ms, signal);
        if (nowMs > 50_000 && !small.deleted.includes('late') && small.servers.length === 0) small.servers = [late];
      },
    };
    await emptyCloud({ ...options, clock });
    expect(small.deleted).toEqual(['ours', 'late']);
    expect(nowMs).toBeGreaterThanOrEqual(60_000);
  });
  test('removes what the lists leave out, by its id in the journal', async () => {
    small.ports = [port('hidden')];
    small.unlisted.add('hidden');
    await emptyCloud(emptying({ known: [known('hidden')] }));
    expect(small.deleted).toEqual(['hidden']);
    expect(records).toContain('hidden gone');
  });
  test('removes what lost its mark where the journal has its id, and says so', async () => {
    small.ports = [port('unmarked', { mark: null }), port('other', { mark: null })];
    await emptyCloud(emptying({ known: [known('unmarked')] }));
    expect(small.deleted).toEqual(['unmarked']);
    expect(events).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('whose mark somebody removed') }),
    );
  });
  test.each([
    { what: 'carries the mark of another cluster', changes: { mark: mark('create-port/a', { cluster: 'c2' }) } },
    { what: 'is in another project', changes: { mark: null, projectId: 'theirs' } },
  ])('leaves alone what $what, though the journal has its id', async ({ changes }) => {
    small.ports = [port('taken', changes)];
    await expect(emptyCloud(emptying({ known: [known('taken')] }))).rejects.toMatchObject({ code: 'left-behind' });
    expect(small.deleted).toEqual([]);
  });
  test('a blind list proves nothing: exit 75', async () => {
    small.blindness = ['Nova lists 0 of 1 servers'];
    await expect(emptyCloud(emptying())).rejects.toMatchObject({ code: 'blind-list', exitCode: 75 });
  });
  test('what does not go away is named, asked for at most five times: exit 6', async () => {
    small.servers = [OURS];
    let asked = 0;
    const stubborn = { ...small.cloud, deleteServer: async () => void (asked += 1) } as Cloud;
    await expect(emptyCloud(emptying({ cloud: stubborn }))).rejects.toMatchObject({
      code: 'stuck',
      exitCode: 6,
      message: expect.stringContaining('server ours (ours)'),
    });
    expect(asked).toBe(5);
  });
  test('a locked server is left, and told; --unlock takes it', async () => {
    small.servers = [{ ...OURS, isLocked: true }];
    await expect(emptyCloud(emptying())).rejects.toMatchObject({
      code: 'left-behind',
      fix: expect.stringContaining('--unlock'),
    });
    expect(small.deleted).toEqual([]);
    await emptyCloud(emptying({ unlock: true }));
    expect(small.deleted).toEqual(['ours']);
  });
  test('a delete whose answer was lost is asked for again by a later sweep', async () => {
    small.ports = [port('port')];
    let sends = 0;
    const cloud = {
      ...small.cloud,
      deletePort: async (id: string) => {
        sends += 1;
        if (sends === 1) throw new BuilderError('uncertain-write', 'the answer was lost');
        small.onDelete(id);
      },
    } as Cloud;
    await emptyCloud(emptying({ cloud }));
    expect(sends).toBe(2);
  });
  test('a delete that was not accepted for sure is repeated within seconds, a server’s too', async () => {
    small.servers = [OURS];
    let sends = 0;
    const cloud = {
      ...small.cloud,
      deleteServer: async (id: string) => {
        sends += 1;
        if (sends < 3) throw new BuilderError('uncertain-write', '503');
        small.onDelete(id);
      },
    } as Cloud;
    await emptyCloud(emptying({ cloud }));
    expect(sends).toBe(3);
    expect(nowMs).toBeLessThan(30_000);
  });
  test('a soft-deleted server, which no list shows, is deleted by force', async () => {
    small.servers = [{ ...OURS, status: 'SOFT_DELETED' }];
    small.unlisted.add('ours');
    await emptyCloud(emptying({ known: [{ ...known('ours'), kind: 'server' }] }));
    expect(small.deleted).toEqual(['force ours']);
  });
  test('a soft-deleted server of which no journal tells is found by its port; a stranger plugged in there is let alone', async () => {
    small.servers = [{ ...OURS, status: 'SOFT_DELETED' }, server('stranger')];
    small.ports = [port('port', { deviceId: 'ours' }), port('taken', { deviceId: 'stranger' })];
    small.unlisted.add('ours');
    await emptyCloud(emptying());
    expect(small.deleted).toEqual(['force ours', 'port', 'taken']);
    expect(small.servers.map(({ id }) => id)).toEqual(['stranger']);
  });
  test('what changed its owner between the look and the delete is left alone', async () => {
    small.servers = [OURS];
    const cloud = {
      ...small.cloud,
      getServer: async () => ({ ...OURS, mark: mark('create-server/a', { cluster: 'c2' }) }),
    } as Cloud;
    await expect(emptyCloud(emptying({ cloud }))).rejects.toMatchObject({ code: 'left-behind' });
    expect(small.deleted).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({ level: 'warning', text: expect.stringContaining('W6004') }),
    );
  });
});

describe('a create that was answered, but whose object is not visible yet', () => {
  const WINDOW_MS = 60_000;

  /** A clock that shows the port late. */
  function lateAt(ms: number, options: Sweep): Sweep['clock'] {
    return {
      ...options.clock,
      sleep: async (waitMs, signal) => {
        await options.clock.sleep(waitMs, signal);
        if (nowMs >= ms && !small.deleted.includes('late')) small.ports = [port('late')];
      },
    };
  }

  test('is not gone because it answers 404: it is waited for, and removed', async () => {
    const options = emptying({ known: [known('late', WINDOW_MS)] });
    await emptyCloud({ ...options, clock: lateAt(50_000, options) });
    expect(small.deleted).toEqual(['late']);
    expect(events).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('a late create could still show up for 60 s') }),
    );
  });
  test('counts as gone when its window ends without a sight of it', async () => {
    await emptyCloud(emptying({ known: [known('never', WINDOW_MS)] }));
    expect(nowMs).toBeGreaterThanOrEqual(WINDOW_MS);
    expect(nowMs).toBeLessThan(WINDOW_MS + 10_000);
    expect(records).toEqual(['never gone']);
  });
  test('is not waited for once it was seen', async () => {
    small.ports = [port('port')];
    await emptyCloud(emptying({ known: [known('port', WINDOW_MS)] }));
    expect(small.deleted).toEqual(['port']);
    expect(nowMs).toBeLessThan(10_000);
  });
  test('may hold another for as long as the window lasts, without that being given up', async () => {
    const hourMs = 3_600_000;
    small.groups = [GROUP];
    const options = emptying({ known: [known('late', hourMs)] });
    const cloud = {
      ...small.cloud,
      deleteSecurityGroup: async (id: string) => {
        if (!small.deleted.includes('late')) throw new BuilderError('conflict', 'in use');
        small.onDelete(id);
      },
    } as Cloud;
    await emptyCloud({ ...options, cloud, clock: lateAt(hourMs - 10_000, options) });
    expect(small.deleted).toEqual(['late', 'group']);
  });
});

describe('--no-wait', () => {
  test('asks once and says how many are left', async () => {
    small.servers = [OURS];
    small.ports = [port('port')];
    expect(await askToEmpty(emptying())).toEqual({ count: 2, unsettledMs: 0 });
    expect(small.deleted).toEqual(['ours']);
  });
  test('says how long something may still show up', async () => {
    expect(await askToEmpty(emptying({ known: [known('late', 5_000)] }))).toEqual({ count: 0, unsettledMs: 5_000 });
  });
});
