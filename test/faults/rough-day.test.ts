/** A seed alone makes a rough day: whatever it brings, the same command again ends well, with nothing made twice and nothing left. */
import { describe, test } from 'vitest';
import { stateOf } from '../../src/rehearsal/server-life.ts';
import { rehearse } from '../wire/rehearse.ts';

const MOST_RUNS = 4;

describe.concurrent('a rough day', () => {
  test.for([1, 2, 3])('with seed %i', async (seed, context) => {
    const { run, world } = rehearse(context);
    const day = ['--rehearsal-seed', String(seed), '--rehearsal-speed', '1000'];
    const create = ['create', '--cloud', 'rehearsal', '--settle', '5', ...day];
    let created = await run(...create);
    for (let runs = 1; created.code !== 0 && runs < MOST_RUNS; runs += 1) created = await run(...create);
    context.expect(created.code, created.stderr).toBe(0);
    const living = (): number =>
      [...world().server.values()].filter((server) => stateOf(server, Number.MAX_SAFE_INTEGER).status !== 'GONE')
        .length;
    context.expect(living()).toBe(3);
    let destroyed = await run('destroy', ...day);
    for (let runs = 1; destroyed.code !== 0 && runs < MOST_RUNS; runs += 1) destroyed = await run('destroy', ...day);
    context.expect(destroyed.code, destroyed.stderr).toBe(0);
    context.expect(living()).toBe(0);
    context.expect(world().port.size).toBe(0);
  });
});
