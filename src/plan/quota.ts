/** The quota table: what the cluster needs of each kind, what is used, what is allowed. */
import type { Flavor, Quota, QuotaKind } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';

export interface QuotaRow {
  readonly kind: QuotaKind;
  readonly wanted: number;
  readonly used: number;
  /** -1 means unlimited. */
  readonly limit: number;
  readonly isEnough: boolean;
}

/** Rules Neutron puts into every new group, and ours. */
const RULES_PER_CLUSTER = 5;

/** One row per kind that is needed at all; `isNew`: the cluster's own group is still to come. */
export function quotaTable(
  flavors: readonly Flavor[],
  floatingIps: number,
  quotas: Readonly<Record<QuotaKind, Quota>>,
  isNew = true,
): readonly QuotaRow[] {
  const sum = (of: (flavor: Flavor) => number): number => flavors.reduce((total, flavor) => total + of(flavor), 0);
  const wanted: Readonly<Record<QuotaKind, number>> = {
    servers: flavors.length,
    cores: sum(({ vcpus }) => vcpus),
    ramMb: sum(({ ramMb }) => ramMb),
    ports: flavors.length,
    securityGroups: isNew ? 1 : 0,
    securityGroupRules: isNew ? RULES_PER_CLUSTER : 0,
    floatingIps,
  };
  return (Object.keys(wanted) as QuotaKind[])
    .filter((kind) => wanted[kind] > 0)
    .map((kind) => {
      const { limit, used } = quotas[kind];
      return { kind, wanted: wanted[kind], used, limit, isEnough: limit < 0 || used + wanted[kind] <= limit };
    });
}

/** The `quota` error for every row that is short, or null. */
export function quotaProblem(rows: readonly QuotaRow[]): BuilderError | null {
  const short = rows.filter(({ isEnough }) => !isEnough);
  if (short.length === 0) return null;
  const text = short.map(
    ({ kind, wanted, used, limit }) => `${kind} need ${wanted}, free ${Math.max(0, limit - used)} of ${limit}`,
  );
  return new BuilderError('quota', text.join('; '), {
    at: 'quota of the project',
    state: 'nothing was created',
    fix: 'raise the quota, remove something, or choose fewer or smaller nodes',
    details: { quota: rows },
  });
}
