/** Destroy: in order, ours only, to the very end. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Cloud, Port, SecurityGroup, Server, Survey } from '../../../src/cloud/cloud.ts';
import { askToEmpty, type Emptying, emptyCloud } from '../../../src/cluster/empty-cloud.ts';
import type { RunEvent } from '../../../src/engine/events.ts';
import { BuilderError } from '../../../src/errors.ts';
import { EMPTY_SURVEY, mark, server } from '../plan/cloud-fixture.ts';

const ANY = new AbortController().signal;

function port(id: string, changes: Partial<Port> = {}): Port {
  return {
    id,
    name: id,
    networkId: 'n',
    macAddress: '',
    fixedIps: [],
    deviceId: '',
    status: 'DOWN',
    mark: mark('create-port/a'),
    projectId: 'ours',
    ...changes,
  };
}

/** A cloud of servers, ports and groups that go when they are asked to, in the order they were asked in. */
class SmallCloud {
  servers: Server[] = [];
  ports: Port[] = [];
  groups: SecurityGroup[] = [];
  blindness: string[] = [];
  readonly deleted: string[] = [];
  readonly cloud: Cloud;

  constructor() {
    this.cloud = {
      survey: async (): Promise<Survey> => ({
        ...EMPTY_SURVEY,
        servers: this.servers,
        ports: this.ports,
        securityGroups: this.groups,
        blindness: this.blindness,
      }),
      getServer: async (id: string) => this.servers.find((one) => one.id === id) ?? null,
      getPort: async (id: string) => this.ports.find((one) => one.id === id) ?? null,
      getFloatingIp: async () => null,
      getSecurityGroup: async (id: string) => this.groups.find((one) => one.id === id) ?? null,
      deleteServer: async (id: string) => this.onDelete(id),
      forceDeleteServer: async (id: string) => this.onDelete(`force ${id}`),
      deletePort: async (id: string) => this.onDelete(id),
      deleteSecurityGroup: async (id: string) => this.onDelete(id),
      unlockServer: async (id: string) => {
        this.servers = this.servers.map((one) => (one.id === id ? { ...one, isLocked: false } : one));
      },
    } as unknown as Cloud;
  }

  onDelete(id: string): void {
    this.deleted.push(id);
    const bare = id.replace('force ', '');
    this.servers = this.servers.filter((one) => one.id !== bare);
    this.ports = this.ports.filter((one) => one.id !== bare);
    this.groups = this.groups.filter((one) => one.id !== bare);
  }
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

function emptying(changes: Partial<Emptying> = {}): Emptying {
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
  test('is not done while an id of the journal still answers', async () => {
    small.ports = [port('unmarked', { mark: null })];
    const options = emptying({ known: [{ kind: 'port', id: 'unmarked', visibleAt: new Date(0) }] });
    const { sleep } = options.clock;
    let sleeps = 0;
    const clock = {
      ...options.clock,
      sleep: async (ms: number, signal: AbortSignal) => {
        await sleep(ms, signal);
        sleeps += 1;
        if (sleeps === 4) small.ports = [];
      },
    };
    await emptyCloud({ ...options, clock });
    expect(sleeps).toBeGreaterThanOrEqual(4);
    expect(records).toContain('unmarked gone');
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
  test('a soft-deleted server is deleted by force', async () => {
    small.servers = [{ ...OURS, status: 'SOFT_DELETED' }];
    await emptyCloud(emptying());
    expect(small.deleted).toEqual(['force ours']);
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
  function lateAt(ms: number, options: Emptying): Emptying['clock'] {
    return {
      ...options.clock,
      sleep: async (waitMs, signal) => {
        await options.clock.sleep(waitMs, signal);
        if (nowMs >= ms && !small.deleted.includes('late')) small.ports = [port('late')];
      },
    };
  }

  test('is not gone because it answers 404: it is waited for, and removed', async () => {
    const options = emptying({ known: [{ kind: 'port', id: 'late', visibleAt: new Date(WINDOW_MS) }] });
    await emptyCloud({ ...options, clock: lateAt(50_000, options) });
    expect(small.deleted).toEqual(['late']);
    expect(events).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('a late create could still show up for 60 s') }),
    );
  });
  test('counts as gone when its window ends without a sight of it', async () => {
    await emptyCloud(emptying({ known: [{ kind: 'port', id: 'never', visibleAt: new Date(WINDOW_MS) }] }));
    expect(nowMs).toBeGreaterThanOrEqual(WINDOW_MS);
    expect(nowMs).toBeLessThan(WINDOW_MS + 10_000);
    expect(records).toEqual(['never gone']);
  });
  test('is not waited for once it was seen', async () => {
    small.ports = [port('port')];
    await emptyCloud(emptying({ known: [{ kind: 'port', id: 'port', visibleAt: new Date(WINDOW_MS) }] }));
    expect(small.deleted).toEqual(['port']);
    expect(nowMs).toBeLessThan(10_000);
  });
  test('may hold another for as long as the window lasts, without that being given up', async () => {
    const hourMs = 3_600_000;
    small.groups = [GROUP];
    const options = emptying({ known: [{ kind: 'port', id: 'late', visibleAt: new Date(hourMs) }] });
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
    const known = [{ kind: 'port', id: 'late', visibleAt: new Date(5_000) }];
    expect(await askToEmpty(emptying({ known }))).toEqual({ count: 0, unsettledMs: 5_000 });
  });
});
