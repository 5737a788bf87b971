/** Looking for what a lost create made. */
import { describe, expect, test } from 'vitest';
import type { FloatingIp, Mark, Survey } from '../../../src/cloud/cloud.ts';
import type { StepContext } from '../../../src/engine/step.ts';
import { createFloatingIp } from '../../../src/steps/create-floating-ip.ts';
import { isOfAttempt, observeCreation } from '../../../src/steps/observe-creation.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { EMPTY_SURVEY, mark, server } from '../plan/cloud-fixture.ts';

const SETTLE_MS = 120_000;
const MARKED = server('s1', { mark: mark('create-server/a', { nonce: 'n1' }) });

/** A cloud that answers one survey per look, and a clock that only sleeping moves. */
function contextOf(surveys: readonly Survey[]): {
  context: StepContext<StepPorts>;
  looks: () => number;
  slept: () => number;
} {
  let look = 0;
  let nowMs = 0;
  const context = {
    key: 'create-server/a',
    generation: 1,
    nonce: 'n1',
    epoch: 1,
    intendedAt: new Date(0),
    signal: new AbortController().signal,
    report: () => undefined,
    ports: {
      cluster: { id: 'c1', settleMs: SETTLE_MS },
      cloud: {
        survey: async () => {
          const survey = surveys[Math.min(look, surveys.length - 1)];
          look += 1;
          return survey;
        },
      },
      clock: {
        now: () => new Date(nowMs),
        sleep: async (ms: number) => {
          nowMs += ms;
        },
      },
    },
  } as unknown as StepContext<StepPorts>;
  return { context, looks: () => look, slept: () => nowMs };
}

function find(context: StepContext<StepPorts>): (survey: Survey) => { serverId: string } | null {
  return (survey) => {
    const found = survey.servers.find((candidate) => isOfAttempt(context, candidate.mark));
    return found === undefined ? null : { serverId: found.id };
  };
}

describe('what a lost create made is found, or believed absent only when that is proven', () => {
  test('found at the first look', async () => {
    const { context, looks } = contextOf([{ ...EMPTY_SURVEY, servers: [MARKED] }]);
    expect(await observeCreation(context, find(context))).toEqual({ state: 'found', output: { serverId: 's1' } });
    expect(looks()).toBe(1);
  });
  test('found when it shows up late', async () => {
    const { context } = contextOf([EMPTY_SURVEY, EMPTY_SURVEY, { ...EMPTY_SURVEY, servers: [MARKED] }]);
    expect(await observeCreation(context, find(context))).toMatchObject({ state: 'found' });
  });
  test('absent only after the settle window and three looks', async () => {
    const { context, looks, slept } = contextOf([EMPTY_SURVEY]);
    expect(await observeCreation(context, find(context))).toEqual({ state: 'absent' });
    expect(slept()).toBeGreaterThanOrEqual(SETTLE_MS);
    expect(looks()).toBeGreaterThanOrEqual(3);
  });
  test('never absent while the canary is missing', async () => {
    const { context } = contextOf([{ ...EMPTY_SURVEY, blindness: ['Nova lists 0 of 2 servers'] }]);
    await expect(observeCreation(context, find(context))).rejects.toMatchObject({
      code: 'blind-list',
      disposition: 'in-doubt',
    });
  });
  test('another nonce is not this attempt: a late twin is left to the sweep', async () => {
    const twin = server('twin', { mark: mark('create-server/a', { nonce: 'n0' }) });
    const { context } = contextOf([{ ...EMPTY_SURVEY, servers: [twin] }]);
    expect(await observeCreation(context, find(context))).toEqual({ state: 'absent' });
  });
});

describe('a lost create of a floating IP', () => {
  const address = (id: string, made: Mark): FloatingIp => ({
    id,
    address: `172.24.4.${id}`,
    portId: null,
    status: 'DOWN',
    mark: made,
    projectId: 'ours',
  });
  const others = [
    address('5', mark('create-floating-ip/b', { nonce: 'n1' })),
    address('6', mark('create-floating-ip/a', { nonce: 'n0' })),
  ];
  const observe = (floatingIps: readonly FloatingIp[]) => {
    const { context } = contextOf([{ ...EMPTY_SURVEY, floatingIps }]);
    return createFloatingIp.observe({ ...context, key: 'create-floating-ip/a' }, { node: 'a', networkId: 'n' });
  };

  test('never takes another one of the cluster, idle as it may be', async () => {
    expect(await observe(others)).toEqual({ state: 'absent' });
  });
  test('finds its own among them', async () => {
    const own = address('7', mark('create-floating-ip/a', { nonce: 'n1' }));
    const output = { floatingIpId: '7', address: '172.24.4.7' };
    expect(await observe([...others, own])).toEqual({ state: 'found', output });
  });
});
