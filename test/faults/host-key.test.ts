/** Host keys are replaced in spite of kill -9 around it; a server that shows any but its own is let alone. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { injectedHostKey, publicHostKey } from '../../src/rehearsal/host-key.ts';
import { put, type ServerRow } from '../../src/rehearsal/world.ts';
import { killHard, waitForOutput } from '../support/run-builder.ts';
import { type RehearsalOfTest, rehearse } from '../wire/rehearse.ts';

const CREATE = ['create', '--cloud', 'rehearsal', '--progress', 'json', '--rehearsal-speed'] as const;
const NODES = ['controller', 'compute-1', 'compute-2'];

/** In the ledger's text, since all of it is read often here. */
function hasRun({ state }: RehearsalOfTest, kind: string): boolean {
  const path = join(state, 'rehearsal', 'ledger.jsonl');
  return existsSync(path) && readFileSync(path, 'utf8').includes(`compute-1-g1 ${kind}-g1-a1"`);
}

function hasEvent(output: string, type: string, key: string): boolean {
  return output.split('\n').some((line) => line.includes(`"${type}"`) && line.includes(`"${key}"`));
}

/** Kills the builder as soon as this job of compute-1 has begun: what it changes there is done, its end is not known. */
async function killWhenRun(rehearsal: RehearsalOfTest, kind: string): Promise<void> {
  const running = rehearsal.start(...CREATE, '50');
  await vi.waitFor(() => expect(hasRun(rehearsal, kind)).toBe(true), { interval: 5, timeout: 100_000 });
  expect((await killHard(running)).signal).toBe('SIGKILL');
}

async function killWhenDone(rehearsal: RehearsalOfTest, kind: string): Promise<void> {
  const running = rehearsal.start(...CREATE, '200');
  await waitForOutput(running, (output) => hasEvent(output, 'step-done', `${kind}/compute-1`));
  expect((await killHard(running)).signal).toBe('SIGKILL');
}

function serverOf({ world }: RehearsalOfTest, node: string): ServerRow {
  const server = [...world().server.values()].find(({ name }) => name === `dsb-devstack-${node}-g1`);
  if (server === undefined) throw new Error(`no server of ${node}`);
  return server;
}

/** Every server shows a key that it was not born with, people's ssh knows that one only, and no dead key is kept. */
function expectOwnKeys(rehearsal: RehearsalOfTest): void {
  const known = NODES.map((node) => {
    const { hostKey, userData } = serverOf(rehearsal, node);
    expect(hostKey).not.toBe(injectedHostKey(userData));
    return `${node}.devstack ${publicHostKey(hostKey)}\n`;
  });
  expect(readFileSync(join(rehearsal.state, 'clusters', 'devstack', 'known_hosts'), 'utf8')).toBe(known.join(''));
  const vault = readFileSync(join(rehearsal.state, 'vault', 'devstack.json'), 'utf8');
  // People's own key is the only private one.
  expect(vault.match(/BEGIN OPENSSH PRIVATE KEY/g)).toHaveLength(1);
}

test('killed with kill -9 at every moment of it in turn, it ends well, with the same servers', async (context) => {
  const rehearsal = rehearse(context);
  for (const kind of ['make-host-key', 'install-host-key']) {
    await killWhenRun(rehearsal, kind);
    await killWhenDone(rehearsal, kind);
  }
  const ended = await rehearsal.run(...CREATE, '2000');
  expect(ended.stderr).not.toContain('shows host key');
  expect(ended.code, ended.stderr).toBe(0);
  expect(rehearsal.countMade('server')).toBe(NODES.length);
  expectOwnKeys(rehearsal);
});

describe('ends with host-key, exit 10:', () => {
  test('a stranger who answers between the two steps', async (context) => {
    const rehearsal = rehearse(context);
    const script = join(rehearsal.state, 'faults.yaml');
    writeFileSync(
      script,
      'version: 1\nfaults:\n- {on: connect, of: compute-1, from: 2, times: always, ssh: wrong-host-key}\n',
    );
    const ended = await rehearsal.run(...CREATE, '2000', '--rehearsal-faults', script);
    expect(ended.code, ended.stderr).toBe(10);
    expect(ended.stderr).toMatch(/compute-1 shows host key SHA256:\S+, expected SHA256:\S+ or SHA256:/);
  });

  test('whoever shows the injected key when it is dead', async (context) => {
    const rehearsal = rehearse(context);
    await killWhenDone(rehearsal, 'install-host-key');
    const server = serverOf(rehearsal, 'compute-1');
    const path = join(rehearsal.state, 'rehearsal', 'ledger.jsonl');
    const last = rehearsal.ledger().at(-1);
    const changes = [put('server', server.id, { ...server, hostKey: injectedHostKey(server.userData) ?? '' })];
    appendFileSync(path, `${JSON.stringify({ ...last, seq: (last?.seq ?? 0) + 1, id: 'stranger', changes })}\n`);
    const ended = await rehearsal.run(...CREATE, '2000');
    expect(ended.code, ended.stderr).toBe(10);
    expect(ended.stderr).toMatch(/compute-1 shows host key SHA256:\S+, expected SHA256:\S+"/);
  });
});
