/** A rehearsal cloud being served: ledger, model, API and SSH joined behind one loopback port. */
import type { Socket } from 'node:net';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import { QUOTAS } from './account.ts';
import { glance } from './api/glance.ts';
import { keystone } from './api/keystone.ts';
import { neutron } from './api/neutron.ts';
import { nova } from './api/nova.ts';
import { ApiDesk } from './api-desk.ts';
import { hostKeyFor } from './host-key.ts';
import { serveHttp } from './http-skin.ts';
import { Ledger } from './ledger.ts';
import type { ProgramSource } from './node/view.ts';
import { NodeDesk } from './node-desk.ts';
import { serveSsh } from './ssh-skin.ts';
import type { ThreadData } from './start.ts';
import { WorldDesk } from './world-desk.ts';

export interface ServedRehearsal {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  close(): Promise<void>;
}

interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  /** What scripts do that only a test knows. */
  readonly programs?: readonly ProgramSource[];
}

/** How long a proxy tries in vain before it says so, modelled. */
const CONNECT_TIMEOUT_MS = 20_000;

/** The answer to CONNECT of a proxy that could not connect. */
async function refuse(socket: Socket, status: string): Promise<void> {
  await new Promise<void>((resolve) => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`, resolve));
}

async function connectTo(
  address: string,
  port: number,
  socket: Socket,
  desk: NodeDesk,
  world: WorldDesk,
): Promise<void> {
  const { reach, ssh } = desk.connect(address, port);
  if (reach.kind === 'refused' || ssh === 'refused') return await refuse(socket, '502 Connection refused');
  if (reach.kind !== 'open') {
    await world.sleep(CONNECT_TIMEOUT_MS);
    return await refuse(socket, reach.kind === 'no-route' ? '502 No route to host' : '504 Connection timed out');
  }
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (ssh === 'silent') return;
  const { server } = reach;
  const hostKey = ssh === 'wrong-host-key' ? hostKeyFor('') : server.hostKey;
  serveSsh(socket, server, hostKey, ssh === 'denied' ? { ...bound(desk), loginsOf: () => new Map() } : desk);
}

/** The desk's methods as they are, for replacing one. */
function bound(desk: NodeDesk) {
  return {
    readsStdin: (command: string) => desk.readsStdin(command),
    answer: desk.answer.bind(desk),
  };
}

/** Serves until `close`; the ledger is all that stays. */
export async function serveRehearsal(
  data: ThreadData,
  { clock, random, programs = [] }: Machine,
): Promise<ServedRehearsal> {
  const stop = new AbortController();
  const ledger = new Ledger(
    data.ledger,
    data.speed,
    () => clock.now().getTime(),
    () => random.uuid(),
  );
  const settings = { seed: data.seed, quotas: { ...QUOTAS, ...data.faults.quotas } };
  const { faults } = data;
  const skin = await serveHttp((url) => {
    const world = new WorldDesk({ ledger, clock, random, settings, faults, url, stop: stop.signal });
    const nodes = new NodeDesk(world, programs);
    return {
      desk: new ApiDesk([keystone, nova, glance, neutron], world),
      connectTo: (host, port, socket) => connectTo(host, port, socket, nodes, world),
      stop: stop.signal,
    };
  });
  return {
    url: skin.url,
    async close() {
      stop.abort();
      await skin.close();
      ledger.close();
    },
  };
}
