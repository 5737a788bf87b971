/** A node's port, made by us before its server, so that the address is known and nothing is left behind when a boot fails. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Port } from '../cloud/cloud.ts';
import { portName } from '../cloud/resource-names.ts';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { proveMade } from './adopt-object.ts';
import { isOfAttempt, markOf, observeCreation } from './observe-creation.ts';
import { portOutput } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { CLOUD_LIMIT_MS, CLOUD_RETRY } from './retry-policies.ts';

const input = z.object({ node: z.string(), networkId: z.string(), subnetId: z.string() });
type Input = z.infer<typeof input>;
type Output = z.infer<typeof portOutput>;

/**
 * A locally administered unicast address from cluster, key and generation: Neutron's unique (network, MAC) then guards the create.
 * A node that comes back under its name gets another one, since the old port may be there a while yet.
 */
export function macAddressOf(clusterId: string, key: string, generation: number): string {
  const later = generation > 1 ? `/g${generation}` : '';
  const digest = createHash('sha256').update(`${clusterId}/${key}${later}`).digest();
  const first = ((digest[0] ?? 0) & 0xfc) | 0x02;
  return [first, ...digest.subarray(1, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function toOutput(port: Port): Output {
  const address = port.fixedIps.find((ip) => !ip.address.includes(':'))?.address ?? port.fixedIps[0]?.address;
  if (address === undefined) {
    throw new BuilderError('drift', `port ${port.id} has no fixed IP`, {
      fix: 'choose a network with a subnet: --network NAME',
    });
  }
  return { portId: port.id, macAddress: port.macAddress, address };
}

async function send(context: StepContext<StepPorts>, { node, networkId, subnetId }: Input): Promise<Port> {
  const { cloud, cluster } = context.ports;
  const { securityGroupId } = context.outputOf<{ securityGroupId: string }>('create-security-group/cluster');
  const request = {
    name: portName(cluster.name, node),
    networkId,
    subnetId,
    macAddress: macAddressOf(cluster.id, context.key, context.generation),
    securityGroupIds: [securityGroupId],
    mark: markOf(context),
  };
  try {
    return await cloud.createPort(request, context.signal);
  } catch (error) {
    // On a shared network policy reserves the choice of a MAC to its owner: the mark alone guards there. A 403 had no effect.
    if (!(error instanceof BuilderError) || error.code !== 'forbidden') throw error;
    context.report('W3010 no-mac-policy: this cloud forbids it, so the port is guarded by its mark only');
    return await cloud.createPort({ ...request, macAddress: null }, context.signal);
  }
}

/** https://docs.openstack.org/api-ref/network/v2/#create-port */
export const createPort: StepKind<StepPorts, Input, Output> = {
  kind: 'create-port',
  version: 1,
  repeat: 'guarded',
  input,
  output: portOutput,
  retry: CLOUD_RETRY,
  timeLimitMs: CLOUD_LIMIT_MS,
  title: () => 'create the port',
  resource: { kind: 'port', idOf: (made) => made.portId },
  observe: (context) =>
    observeCreation(context, (survey) => {
      const port = survey.ports.find((candidate) => isOfAttempt(context, candidate.mark));
      return port === undefined ? null : toOutput(port);
    }),
  async adopt(context, _input, id) {
    return toOutput(proveMade(context, 'port', id, await context.ports.cloud.getPort(id, context.signal)));
  },
  async perform(context, given) {
    return toOutput(await send(context, given));
  },
};
