/** The cluster's security group. It has no natural key: after a doubtful send only observation decides. */
import { z } from 'zod';
import { clusterPrefix } from '../cloud/resource-names.ts';
import type { StepKind } from '../engine/step.ts';
import { proveMade } from './adopt-object.ts';
import { isOfAttempt, markOf, observeCreation } from './observe-creation.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { CLOUD_LIMIT_MS, CLOUD_RETRY } from './retry-policies.ts';

const output = z.object({ securityGroupId: z.string() });
type Output = z.infer<typeof output>;

/** https://docs.openstack.org/api-ref/network/v2/#create-security-group */
export const createSecurityGroup: StepKind<StepPorts, Record<string, never>, Output> = {
  kind: 'create-security-group',
  version: 1,
  repeat: 'once',
  input: nothing,
  output,
  retry: CLOUD_RETRY,
  timeLimitMs: CLOUD_LIMIT_MS,
  title: () => 'create the security group',
  resource: { kind: 'security-group', idOf: (made) => made.securityGroupId },
  observe: (context) =>
    observeCreation(context, (survey) => {
      const group = survey.securityGroups.find((candidate) => isOfAttempt(context, candidate.mark));
      return group === undefined ? null : { securityGroupId: group.id };
    }),
  async adopt(context, _input, id) {
    const found = await context.ports.cloud.getSecurityGroup(id, context.signal);
    return { securityGroupId: proveMade(context, 'security group', id, found).id };
  },
  async perform(context) {
    const name = clusterPrefix(context.ports.cluster.name);
    const group = await context.ports.cloud.createSecurityGroup(name, markOf(context), context.signal);
    return { securityGroupId: group.id };
  },
};
