/** The fault scripts that are shipped as examples: each does what its first lines say, and nothing is made twice or left. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../src/rehearsal/server-life.ts';
import { type RehearsalOfTest, rehearse } from './rehearse.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'layouts', 'rehearsal');

/** As fast as the machine is: waits of the world are nothing, waits of the builder are its own. */
const CREATE = ['create', '--cloud', 'rehearsal', '--rehearsal-speed', '2000', '--progress', 'plain'] as const;

interface Example {
  /** Options of create beside the script. */
  readonly args?: readonly string[];
  /** Exit code and what is printed of the first command. */
  readonly code: number;
  readonly says?: RegExp;
  /** The same command again, where the first did not end well; null where nothing helps. */
  readonly again?: number | null;
  /** How many servers were asked for in all. */
  readonly creates: number;
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  'cut-connections': { code: 0, creates: 3 },
  'error-server': { code: 0, says: /No valid host was found[^]*server is replaced/, creates: 4 },
  'expired-token': { code: 0, creates: 3 },
  'failing-stack': {
    code: 0,
    says: /compute-2: stack.sh again on the same server, 1 of 2 \(compute-2: .*Starting Nova failed\)/,
    creates: 3,
  },
  'full-disk': {
    code: 5,
    says: /compute-1: .*the disk of this server is full[^]*\| error: .*No space left on device\n/,
    again: 0,
    creates: 4,
  },
  'lagging-lists': { code: 0, creates: 3 },
  'lost-create': { code: 0, says: /compute-1 +create the server … found, adopted/, creates: 3 },
  quota: { code: 4, says: /E4001 quota: servers need 3/, again: null, creates: 0 },
  reboot: { code: 0, says: /controller: the end of stack.sh is unknown: rebooted/, creates: 4 },
  'wrong-host-key': {
    args: ['--ssh-timeout', '5'],
    code: 10,
    says: /host-key: compute-1 shows host key/,
    again: null,
    creates: 3,
  },
};

/** Servers that are there now, or will be until somebody deletes them. */
function living({ world }: RehearsalOfTest): number {
  return [...world().server.values()].filter((server) => stateOf(server, Number.MAX_SAFE_INTEGER).status !== 'GONE')
    .length;
}

test('every example is tried here', () => {
  const files = readdirSync(FOLDER).map((name) => name.replace(/\.yaml$/, ''));
  expect(files.toSorted()).toEqual([...Object.keys(EXAMPLES), 'stuck-delete'].toSorted());
});

describe.concurrent('the example', () => {
  test.for(Object.entries(EXAMPLES))('%s', async ([name, { args = [], code, says, again, creates }], context) => {
    const rehearsal = rehearse(context);
    const command = [...CREATE, '--rehearsal-faults', join(FOLDER, `${name}.yaml`), ...args];
    const first = await rehearsal.run(...command);
    context.expect(first.code, first.stderr).toBe(code);
    if (says !== undefined) context.expect(first.stderr).toMatch(says);
    if (again !== undefined && again !== null) {
      const second = await rehearsal.run(...command);
      context.expect(second.code, second.stderr).toBe(again);
    }
    if (creates === 0) {
      context.expect(rehearsal.ledger).toThrow('ENOENT');
      return;
    }
    context.expect(rehearsal.countMade('server')).toBe(creates);
    context.expect(living(rehearsal)).toBe(3);
    const gone = await rehearsal.run('destroy', '--rehearsal-speed', '2000');
    context.expect(gone.code, gone.stderr).toBe(0);
    context.expect(living(rehearsal)).toBe(0);
    context.expect(rehearsal.world().port.size).toBe(0);
  });

  test('stuck-delete', async (context) => {
    const rehearsal = rehearse(context);
    context.expect((await rehearsal.run(...CREATE)).code).toBe(0);
    const script = join(FOLDER, 'stuck-delete.yaml');
    const gone = await rehearsal.run('destroy', '--rehearsal-speed', '100', '--rehearsal-faults', script);
    context.expect(gone.code, gone.stderr).toBe(0);
    const server = [...rehearsal.world().server.values()].find(({ name }) => name.includes('compute-1'));
    context.expect((server?.goneAtMs ?? 0) - (server?.deletedAtMs ?? 0)).toBe(600_000);
    context.expect(rehearsal.world().port.size).toBe(0);
  });
});
