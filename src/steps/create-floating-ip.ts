/** A floating IP, made with its port in one call: never an idle one, never associated in a second step. */
import { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { proveMade } from './adopt-object.ts';
import { isOfAttempt, markOf, observeCreation } from './observe-creation.ts';
import { floatingIpOutput } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { CLOUD_LIMIT_MS, CLOUD_RETRY } from './retry-policies.ts';

const input = z.object({ node: z.string(), networkId: z.string() });

/** https://docs.openstack.org/api-ref/network/v2/#create-floating-ip; unique by (external network, port, fixed IP). */
export const createFloatingIp: StepKind<StepPorts, z.infer<typeof input>, z.infer<typeof floatingIpOutput>> = {
  kind: 'create-floating-ip',
  version: 1,
  repeat: 'guarded',
  input,
  output: floatingIpOutput,
  retry: CLOUD_RETRY,
  timeLimitMs: CLOUD_LIMIT_MS,
  title: () => 'create the floating IP',
  resource: { kind: 'floating-ip', idOf: (made) => made.floatingIpId },
  observe: (context) =>
    observeCreation(context, (survey) => {
      const found = survey.floatingIps.find((candidate) => isOfAttempt(context, candidate.mark));
      return found === undefined ? null : { floatingIpId: found.id, address: found.address };
    }),
  async adopt(context, _input, id) {
    const found = proveMade(context, 'floating IP', id, await context.ports.cloud.getFloatingIp(id, context.signal));
    return { floatingIpId: found.id, address: found.address };
  },
  async perform(context, { node, networkId }) {
    const { portId } = context.outputOf<{ portId: string }>(`create-port/${node}`);
    const made = await context.ports.cloud.createFloatingIp(
      { networkId, portId, mark: markOf(context) },
      context.signal,
    );
    return { floatingIpId: made.id, address: made.address };
  },
};
