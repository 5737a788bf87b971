/** The quota table and its problem. */
import { expect, test } from 'vitest';
import { quotaProblem, quotaTable } from '../../../src/plan/quota.ts';
import { cloudFacts, flavor } from './cloud-fixture.ts';

const { quotas } = cloudFacts();
const FLAVORS = [flavor('large', 8, 16_384, 80), flavor('medium', 4, 8192, 40)];

test('the table sums what all nodes need, and leaves out what none needs', () => {
  const rows = quotaTable(FLAVORS, 0, quotas);
  expect(Object.fromEntries(rows.map(({ kind, wanted }) => [kind, wanted]))).toEqual({
    servers: 2,
    cores: 12,
    ramMb: 24_576,
    ports: 2,
    securityGroups: 1,
    securityGroupRules: 5,
  });
  expect(quotaProblem(rows)).toBeNull();
});

test('every row that is short is named with what is wanted and free', () => {
  const rows = quotaTable(FLAVORS, 2, {
    ...quotas,
    cores: { limit: 20, used: 12 },
    floatingIps: { limit: 1, used: 0 },
  });
  expect(quotaProblem(rows)).toMatchObject({
    code: 'quota',
    exitCode: 4,
    message: 'cores need 12, free 8 of 20; floatingIps need 2, free 1 of 1',
    state: 'nothing was created',
  });
});

test('an unlimited quota is never short', () => {
  const rows = quotaTable(FLAVORS, 0, { ...quotas, cores: { limit: -1, used: 1_000_000 } });
  expect(quotaProblem(rows)).toBeNull();
});
