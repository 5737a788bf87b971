/** A TCP proxy in this process whose connections go wrong as a test says, or as a seed does. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { systemClock } from '../../src/host/clock.ts';
import { spread } from '../../src/rehearsal/chance.ts';

/** What happens to one connection. Bytes are counted from its beginning, in the direction that the comment names. */
export type Fault =
  | { readonly kind: 'none' }
  /** Both directions: every piece comes later. */
  | { readonly kind: 'latency'; readonly delayMs: number; readonly jitterMs: number }
  /** Answers come in pieces of this size, with a pause after each. */
  | { readonly kind: 'slicer'; readonly bytes: number; readonly pauseMs: number }
  /** Requests: these bytes go through, then the connection is reset. */
  | { readonly kind: 'reset'; readonly bytes: number }
  /** Requests: after these bytes nothing goes through either way, and in the end the connection is reset. */
  | { readonly kind: 'black-hole'; readonly bytes: number; readonly holdMs: number }
  /** Answers: these bytes go through, then the connection ends in order. */
  | { readonly kind: 'limit-data'; readonly bytes: number }
  /** Every request goes through; the answer of one that is meant is thrown away, and the connection reset. */
  | { readonly kind: 'drop-reply'; readonly isMeant: (request: Buffer) => boolean };

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface FaultProxy {
  readonly port: number;
  /** How many connections had a fault so far. */
  countFaults(): number;
  /** Resets every connection and accepts no more. */
  close(): Promise<void>;
}

type Bytes = AsyncIterable<Buffer>;

interface Passage {
  requests(source: Bytes): Bytes;
  answers(source: Bytes): Bytes;
}

/** What a passage may do to its connection. */
interface Controls {
  /** At least 0, less than 1, and different each time. */
  chance(): number;
  /** Resets both ends. */
  cut(): void;
  /** No more answers, told in order. */
  finishAnswers(): void;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

async function* passAll(source: Bytes): Bytes {
  yield* source;
}

async function* delay(source: Bytes, delayMs: () => number, signal: AbortSignal): Bytes {
  for await (const chunk of source) {
    await systemClock.sleep(delayMs(), signal);
    yield chunk;
  }
}

async function* slice(source: Bytes, bytes: number, pauseMs: number, signal: AbortSignal): Bytes {
  for await (const chunk of source) {
    for (let begin = 0; begin < chunk.length; begin += bytes) {
      yield chunk.subarray(begin, begin + bytes);
      await systemClock.sleep(pauseMs, signal);
    }
  }
}

/** Passes the first bytes; when there are more, acts once and swallows them. */
async function* passFirst(source: Bytes, bytes: number, onMore: () => Promise<void> | void): Bytes {
  let left = bytes;
  for await (const chunk of source) {
    if (left > 0) yield chunk.subarray(0, left);
    const isOver = left >= 0 && chunk.length > left;
    left -= chunk.length;
    if (isOver) await onMore();
  }
}

function openPassage(fault: Fault, { chance, cut, finishAnswers, signal }: Controls): Passage {
  switch (fault.kind) {
    case 'none':
      return { requests: passAll, answers: passAll };
    case 'latency': {
      const delayMs = (): number => fault.delayMs + fault.jitterMs * chance();
      return {
        requests: (source) => delay(source, delayMs, signal),
        answers: (source) => delay(source, delayMs, signal),
      };
    }
    case 'slicer':
      return { requests: passAll, answers: (source) => slice(source, fault.bytes, fault.pauseMs, signal) };
    case 'reset':
      return { requests: (source) => passFirst(source, fault.bytes, cut), answers: passAll };
    case 'black-hole':
      return openBlackHole(fault.bytes, () => systemClock.sleep(fault.holdMs, signal).then(cut));
    case 'limit-data':
      return { requests: passAll, answers: (source) => passFirst(source, fault.bytes, finishAnswers) };
    case 'drop-reply':
      return openDropReply(fault.isMeant, cut);
  }
}

function openBlackHole(bytes: number, hold: () => Promise<void>): Passage {
  let isSwallowing = false;
  return {
    requests: (source) =>
      passFirst(source, bytes, () => {
        isSwallowing = true;
        return hold();
      }),
    async *answers(source) {
      for await (const chunk of source) if (!isSwallowing) yield chunk;
    },
  };
}

/** A request is what comes between two answers, in however many pieces; the first tells which it is. */
function openDropReply(isMeant: (request: Buffer) => boolean, cut: () => void): Passage {
  let isAsking = false;
  let isDropping = false;
  return {
    async *requests(source) {
      for await (const chunk of source) {
        if (!isAsking && isMeant(chunk)) isDropping = true;
        isAsking = true;
        yield chunk;
      }
    },
    async *answers(source) {
      for await (const chunk of source) {
        if (isDropping) return cut();
        isAsking = false;
        yield chunk;
      }
    },
  };
}

/** Accepts on a loopback port of the system's choosing; connections are numbered from 0. */
export async function startFaultProxy(
  targetOf: (nth: number) => Target,
  faultOf: (nth: number) => Fault,
): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let faults = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const serve = async (client: Socket, nth: number): Promise<void> => {
    const fault = faultOf(nth);
    if (fault.kind !== 'none') faults += 1;
    const { host, port } = targetOf(nth);
    const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true });
    keep(upstream);
    const ending = new AbortController();
    client.once('close', () => ending.abort());
    let draws = 0;
    const passage = openPassage(fault, {
      chance: () => spread(nth, draws++),
      cut() {
        client.resetAndDestroy();
        upstream.resetAndDestroy();
      },
      finishAnswers: () => void client.end(),
      signal: ending.signal,
    });
    // A connection that ends in the middle is what this is for.
    await Promise.allSettled([
      pipeline(client, (source: Bytes) => passage.requests(source), upstream),
      pipeline(upstream, (source: Bytes) => passage.answers(source), client),
    ]);
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    keep(client);
    void serve(client, connections++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    countFaults: () => faults,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
  };
}

/** At least 1 and at most `below`, each size as likely as its double. */
function drawSize(below: number, fraction: number): number {
  return Math.floor(below ** fraction);
}

/** The fault of one kind that a seed has for a connection; `share` of the connections have one. */
export function drawFault(kind: Fault['kind'], seed: number, nth: number, share: number): Fault {
  if (spread(seed, 'share', nth) >= share) return { kind: 'none' };
  const size = spread(seed, 'size', nth);
  switch (kind) {
    case 'none':
      return { kind };
    case 'latency':
      return { kind, delayMs: 10 * size, jitterMs: 10 };
    case 'slicer':
      return { kind, bytes: 64 * drawSize(32, size), pauseMs: 0 };
    case 'black-hole':
      return { kind, bytes: drawSize(64 * 1024, size), holdMs: 500 };
    case 'reset':
    case 'limit-data':
      return { kind, bytes: drawSize(64 * 1024, size) };
    case 'drop-reply': {
      let left = drawSize(64, size);
      return { kind, isMeant: () => --left === 0 };
    }
  }
}
