/** A layout of two hundred nodes rehearses like one of three. */
import { expect, test } from 'vitest';
import { rehearse } from './rehearse.ts';

test('two hundred servers are made once each, stacked, mapped, and removed', async (context) => {
  const { run, world, countMade } = rehearse(context);
  const speed = ['--rehearsal-speed', '2000', '--progress', 'none'];
  const created = await run('create', '--cloud', 'rehearsal', '--hypervisors', '199', '--max-workers', '64', ...speed);
  expect(created.code, created.stderr).toBe(0);
  expect(countMade('server')).toBe(200);
  expect([...world().job.values()].filter(({ id }) => id === 'run-stack-g1')).toHaveLength(200);
  const destroyed = await run('destroy', ...speed);
  expect(destroyed.code, destroyed.stderr).toBe(0);
  expect(world().port.size).toBe(0);
  // Where coverage is counted, two hundred nodes take their time; a limit only has to end what hangs.
}, 900_000);
