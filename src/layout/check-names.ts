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
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** What a layout wishes that says nothing of it. What makes no sense for its cloud is skipped. */
export const USUAL_CHECKS: readonly CheckName[] = [...CHECK_NAMES];
