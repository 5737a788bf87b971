/** A compute that is gone, or comes back as another, is forgotten by the cloud: what the API node does about it. */
import type { StepContext } from '../engine/step.ts';
import { FORGET_COMPUTE, FORGET_HYPERVISORS } from '../remote/commands/forget-compute.ts';
import { type About, asking, hostsOf } from './leave-cloud.ts';
import type { StepPorts } from './ports.ts';
import type { Script } from './script-step.ts';

function forgetting(context: StepContext<StepPorts>, input: About): Script {
  const { backend } = context.ports.cluster.layout.network;
  return {
    script: FORGET_COMPUTE,
    env: { ...hostsOf(input), NODE: input.leaving, OVN: backend === 'ovn' ? 'yes' : 'no' },
  };
}

export const forgetCompute = asking(
  'forget-compute',
  30,
  (leaving) => `forget ${leaving} in nova, placement and neutron`,
  forgetting,
);
/** Those of its hypervisors that are to come back as others; what else is known of it counts on. */
export const forgetHypervisors = asking(
  'forget-hypervisors',
  30,
  (leaving) => `forget the hypervisors of ${leaving}, which come back as others`,
  (_context, input) => ({ script: FORGET_HYPERVISORS, env: hostsOf(input) }),
);
/** Who could not be stopped may have come back until its server was gone. */
export const checkForgotten = asking(
  'check-forgotten',
  30,
  (leaving) => `see that nobody knows ${leaving} any more`,
  forgetting,
);
