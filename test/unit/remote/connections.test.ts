/** Where few connections may be open at once, the one idle longest rests, and is made again when it is needed. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/host/clock.ts';
import { systemRandom } from '../../../src/host/random.ts';
import type { Connect, ExecResult } from '../../../src/remote/ssh-connection.ts';
import { openRemote } from '../../../src/remote/ssh-remote.ts';

const never = new AbortController().signal;

function say(stdout: string): ExecResult {
  return { kind: 'exit', code: 0, stdout: Buffer.from(stdout), stderr: '' };
}

interface Bench {
  readonly opened: string[];
  readonly alive: Set<string>;
  most: number;
  readonly connect: Connect;
}

/** Connections that know no job. */
function bench(): Bench {
  const own: Bench = {
    opened: [],
    alive: new Set(),
    most: 0,
    async connect({ node }) {
      own.opened.push(node);
      own.alive.add(node);
      own.most = Math.max(own.most, own.alive.size);
      return {
        get alive() {
          return own.alive.has(node);
        },
        close: () => void own.alive.delete(node),
        exec: async (call) =>
          call.command.includes('builder-agent-ready')
            ? say('builder-agent-ready\n')
            : say('builder-agent 1\nstate absent\nbytes 0\n\n'),
      };
    },
  };
  return own;
}

async function ask(connections: number | undefined, nodes: readonly string[]): Promise<Bench> {
  const own = bench();
  const random = { ...systemRandom, fraction: () => 0 };
  const remote = openRemote({ clock: systemClock, random, connect: own.connect, connections });
  for (const node of nodes) {
    const endpoint = { node, host: node, port: 22, user: 'u', hostKeys: [], privateKey: '' };
    // One after the other: the order is what is looked at.
    expect(await remote.node(endpoint).jobStatus('j', never)).toMatchObject({ state: 'absent' });
  }
  await remote.close();
  return own;
}

test('without a limit every node keeps its connection', async () => {
  const { opened, most } = await ask(undefined, ['a', 'b', 'c', 'a']);
  expect([opened, most]).toEqual([['a', 'b', 'c'], 3]);
});

test('with a limit the one idle longest rests', async () => {
  const { opened, most } = await ask(2, ['a', 'b', 'a', 'c', 'a', 'b']);
  expect([opened, most]).toEqual([['a', 'b', 'c', 'b'], 2]);
});

test('with one, each node has it in turn', async () => {
  const { opened, most } = await ask(1, ['a', 'b', 'a']);
  expect([opened, most]).toEqual([['a', 'b', 'a'], 1]);
});
