/** Names of the checks that a layout may wish at the end of create; what they do is `src/verify`'s. */

/** In the order in which they are told: what only looks, before what makes servers. */
export const CHECK_NAMES = [
  'services',
  'compute-services',
  'hypervisors',
  'placement',
  'agents',
  'chassis',
  'tunnels',
  'joined',
  'messages',
  'volumes',
  'boot',
  'metadata',
  'ping',
  'mtu',
  'floating-ip',
  'live-migrate',
  'tempest-smoke',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** It takes a service that no role runs by itself, and as long as a stack.sh: so only who names it gets it. */
export const TEMPEST_CHECK = 'tempest-smoke' satisfies CheckName;

/** What a layout wishes that says nothing of it. What makes no sense for its cloud is skipped. */
export const USUAL_CHECKS: readonly CheckName[] = CHECK_NAMES.filter((name) => name !== TEMPEST_CHECK);
