/** How much of Nova's quotas a project uses, and what is too much. */
import { FLAVORS } from '../base-images.ts';
import { livingServers } from '../living.ts';
import type { View } from './route.ts';

export interface Usage {
  readonly instances: number;
  readonly cores: number;
  /** MiB. */
  readonly ram: number;
}

/** Of servers seen and unseen; what was deleted softly uses nothing. */
export function usageOf({ world, nowMs }: View): Usage {
  const servers = livingServers(world, nowMs).filter(({ isSoftDeleted }) => !isSoftDeleted);
  const flavors = servers.flatMap(({ flavorId }) => FLAVORS.find(({ id }) => id === flavorId) ?? []);
  return {
    instances: servers.length,
    cores: flavors.reduce((sum, { vcpus }) => sum + vcpus, 0),
    ram: flavors.reduce((sum, { ramMb }) => sum + ramMb, 0),
  };
}

/** Nova's sentence about all quotas that would be exceeded; null for none. */
export function describeExcess(view: View, requested: Usage): string | null {
  const used = usageOf(view);
  const { quotas } = view.settings;
  const over = (['cores', 'instances', 'ram'] as const).filter((key) => used[key] + requested[key] > quotas[key]);
  if (over.length === 0) return null;
  const list = (numbers: Usage): string => over.map((key) => numbers[key]).join(', ');
  const names = over.join(', ');
  return `Quota exceeded for ${names}: Requested ${list(requested)}, but already used ${list(used)} of ${list(quotas)} ${names}`;
}
