/** The rules of the cluster's security group: SSH from outside, everything between its members. */
import { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { CLOUD_LIMIT_MS, CLOUD_RETRY } from './retry-policies.ts';

const input = z.object({ sshFrom: z.string() });
type Input = z.infer<typeof input>;

/** Neutron refuses a duplicate rule (409), which is as good as done; so the step may be repeated. */
export const allowTraffic: StepKind<StepPorts, Input, Record<string, never>> = {
  kind: 'allow-traffic',
  version: 1,
  repeat: 'guarded',
  input,
  output: nothing,
  retry: CLOUD_RETRY,
  timeLimitMs: CLOUD_LIMIT_MS,
  title: () => 'allow SSH from outside and all traffic inside',
  observe: async () => ({ state: 'resumable' }),
  async perform(context, { sshFrom }) {
    const { securityGroupId } = context.outputOf<{ securityGroupId: string }>('create-security-group/cluster');
    const rule = {
      securityGroupId,
      protocol: null,
      portRange: null,
      remoteGroupId: securityGroupId,
      remoteCidr: null,
    } as const;
    const { cloud } = context.ports;
    await Promise.all([
      cloud.createSecurityGroupRule({ ...rule, etherType: 'IPv4' }, context.signal),
      cloud.createSecurityGroupRule({ ...rule, etherType: 'IPv6' }, context.signal),
      cloud.createSecurityGroupRule(
        {
          securityGroupId,
          etherType: 'IPv4',
          protocol: 'tcp',
          portRange: [22, 22],
          remoteGroupId: null,
          remoteCidr: sshFrom,
        },
        context.signal,
      ),
    ]);
    return {};
  },
};
