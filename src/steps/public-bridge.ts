/** br-ex of the node with the APIs as a step: what DevStack gave it outlives a reboot. */
import type { Layout } from '../layout/layout.ts';
import { KEEP_PUBLIC_BRIDGE } from '../remote/commands/public-bridge.ts';
import { firstAddress } from '../roles/local-conf.ts';
import { accessInput } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';

/** The address of the public network's gateway, with its prefix: the first of the range, as DevStack has it. */
export function publicGateway({ network: { floatingRange } }: Layout): string {
  return `${firstAddress(floatingRange)}/${floatingRange.replace(/^.*\//, '')}`;
}

export const keepPublicBridge = scriptStep({
  kind: 'keep-public-bridge',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'keep what DevStack gave br-ex',
  prepare: (context) => ({
    script: KEEP_PUBLIC_BRIDGE,
    env: { GATEWAY: publicGateway(context.ports.cluster.layout) },
  }),
  conclude: () => ({}),
});
