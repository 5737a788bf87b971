/** The rehearsal cloud without sockets: the same desks, a virtual clock, and the production clients in front of them. */
import type { Cloud } from '../../src/cloud/cloud.ts';
import { openCloud, readCredentials } from '../../src/cloud/providers.ts';
import type { Clock } from '../../src/host/clock.ts';
import type { Random } from '../../src/host/random.ts';
import { QUOTAS } from '../../src/rehearsal/account.ts';
import { glance } from '../../src/rehearsal/api/glance.ts';
import { keystone } from '../../src/rehearsal/api/keystone.ts';
import { neutron } from '../../src/rehearsal/api/neutron.ts';
import { nova } from '../../src/rehearsal/api/nova.ts';
import { ApiDesk, type RawAnswer, type RawRequest } from '../../src/rehearsal/api-desk.ts';
import type { FaultScript } from '../../src/rehearsal/faults.ts';
import { publicHostKey } from '../../src/rehearsal/host-key.ts';
import { Ledger } from '../../src/rehearsal/ledger.ts';
import { NodeDesk } from '../../src/rehearsal/node-desk.ts';
import { credentialsOf } from '../../src/rehearsal/start.ts';
import type { ServerRow, World } from '../../src/rehearsal/world.ts';
import { WorldDesk } from '../../src/rehearsal/world-desk.ts';
import type { Connect, Connection } from '../../src/remote/ssh-connection.ts';
import { connectFailure, hostKeyRefused } from '../../src/remote/ssh-failure.ts';
import type { Life } from './life.ts';
import { smallPrograms } from './small-programs.ts';

/** Modelled time runs faster than the builder's, so that a log of half an hour is not asked for a thousand times. */
export const SPEED = 300;

const URL_OF_CLOUD = 'http://simulated';
const STATUS_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/** What lies between client and cloud: a proxy, a broken line; `next` is the cloud itself. */
export type Way = (request: RawRequest, next: () => Promise<RawAnswer>) => Promise<RawAnswer>;

interface CloudParts {
  readonly ledger: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly seed: number;
  readonly faults: FaultScript;
  readonly way: Way | null;
}

/** As Node's fetch fails when the other side closes after the request went out. */
function lostReply(): TypeError {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  return new TypeError('fetch failed', { cause });
}

function headersOf(init: RequestInit): Readonly<Record<string, string>> {
  return Object.fromEntries(new Headers(init.headers).entries());
}

/** Outlives the builders that work on it. */
export class SimulatedCloud {
  readonly ledger: Ledger;
  private readonly api: ApiDesk;
  private readonly nodes: NodeDesk;
  private readonly parts: CloudParts;
  private readonly stopping = new AbortController();

  constructor(parts: CloudParts) {
    this.parts = parts;
    const { clock, random, seed, faults } = parts;
    this.ledger = new Ledger(
      parts.ledger,
      SPEED,
      () => clock.now().getTime(),
      () => random.uuid(),
    );
    const world = new WorldDesk({
      ledger: this.ledger,
      clock,
      stop: this.stopping.signal,
      random,
      settings: { seed, quotas: { ...QUOTAS, ...faults.quotas } },
      faults,
      url: URL_OF_CLOUD,
    });
    this.api = new ApiDesk([keystone, nova, glance, neutron], world);
    this.nodes = new NodeDesk(world, [smallPrograms]);
  }

  get world(): World {
    this.ledger.refresh();
    return this.ledger.world;
  }

  /** The production client, each request a boundary of the builder's life before and after. */
  async openCloud(life: Life): Promise<Cloud> {
    const environment = credentialsOf(URL_OF_CLOUD);
    const credentials = await readCredentials({
      environment,
      home: '/',
      cwd: '/',
      read: () => Promise.resolve(null),
    });
    const send = (url: string, init: RequestInit): Promise<Response> => this.send(url, init, life);
    const connections = { send, close: () => Promise.resolve() };
    return openCloud(credentials, { clock: life.clock(this.parts.clock), random: this.parts.random, connections });
  }

  /** For `openRemote`: a connection to a simulated server, commands being boundaries. */
  connectNode(life: Life): Connect {
    return async (endpoint) => {
      life.pass('ssh.before-connect');
      const { reach, ssh } = this.nodes.connect(endpoint.host, endpoint.port);
      if (reach.kind !== 'open' || ssh === 'refused' || ssh === 'silent')
        throw connectFailure(new Error('connect ECONNREFUSED'), endpoint);
      const shown = publicHostKey(reach.server.hostKey);
      if (ssh === 'wrong-host-key' || !endpoint.hostKeys.includes(shown))
        throw hostKeyRefused(endpoint, 'SHA256:another', null);
      return this.connectionTo(reach.server, life);
    };
  }

  close(): void {
    // What was to be done later is not done any more.
    this.stopping.abort();
    this.ledger.close();
  }

  private connectionTo(server: ServerRow, life: Life): Connection {
    let alive = true;
    return {
      get alive() {
        return alive;
      },
      close: () => {
        alive = false;
      },
      exec: async ({ command, stdin }) => {
        life.pass('ssh.before-send');
        const answer = await this.nodes.answer(server, command, stdin);
        life.pass('ssh.answered');
        if (answer !== null) return { kind: 'exit', ...answer };
        alive = false;
        return { kind: 'lost', reason: 'the connection ended' };
      },
    };
  }

  private async send(url: string, init: RequestInit, life: Life): Promise<Response> {
    const { pathname, search } = new URL(url);
    const isWrite = init.method !== 'GET';
    const name = isWrite ? 'effect' : 'read';
    life.pass(`${name}.before-send`);
    const request = {
      method: init.method ?? 'GET',
      url: pathname + search,
      headers: headersOf(init),
      body: typeof init.body === 'string' ? init.body : '',
    };
    const answer = (): Promise<RawAnswer> => this.api.answer(request);
    const { way } = this.parts;
    const { status, headers, body, cut } = await (way === null ? answer() : way(request, answer));
    life.pass(`${name}.answered`);
    if (cut === 'lost') throw lostReply();
    const shown = cut === 'truncated' ? body.slice(0, body.length / 2) : body;
    return new Response(STATUS_WITHOUT_BODY.has(status) ? null : shown, { status, headers });
  }
}
