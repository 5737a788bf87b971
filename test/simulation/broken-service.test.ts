/** One service of the cloud fails for minutes in the middle of a create: it is left in peace, and the cluster is built all the same. */
import { expect, test } from 'vitest';
import { Judged } from './judged.ts';
import { Life } from './life.ts';
import { noFindings } from './oracle.ts';
import type { Way } from './simulated-cloud.ts';

const OUTAGE_MS = 4 * 60_000;
const UNAVAILABLE = { status: 503, headers: { 'content-type': 'application/json' }, body: '{}', cut: null } as const;

/** Nova answers 503 to everything from its n-th request on, for as long as the outage lasts. */
function outageFrom(request: number, now: () => number) {
  const during = { compute: 0, others: 0 };
  let asked = 0;
  let beganMs: number | null = null;
  const way: Way = async ({ url }, next) => {
    const isCompute = url.startsWith('/compute/');
    if (isCompute) asked += 1;
    if (asked >= request) beganMs ??= now();
    const isDown = beganMs !== null && now() < beganMs + OUTAGE_MS;
    if (isDown) during[isCompute ? 'compute' : 'others'] += 1;
    return isDown && isCompute ? UNAVAILABLE : await next();
  };
  return { way, during };
}

test.each([11, 12])('from its request number %i on', async (request) => {
  let judged: Judged | null = null;
  const { way, during } = outageFrom(request, () => judged?.simulation.clock.monotonicMs() ?? 0);
  judged = Judged.begin({ hypervisors: 4, way });
  try {
    expect(await judged.run('create', new Life())).toBe(true);
    expect(judged.findings).toEqual(noFindings());
    // Some before the circuit opens, and one every 30 s after that.
    expect(during.compute).toBeGreaterThan(2);
    expect(during.compute).toBeLessThanOrEqual(45);
    await judged.finish('destroy');
    expect(judged.findings).toEqual(noFindings());
  } finally {
    judged.simulation.dispose();
  }
});
