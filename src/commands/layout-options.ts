/** Options that change a layout, for every verb that reads one. */
import type { Argv } from 'yargs';
import { z } from 'zod';
import type { LayoutWishes } from '../cluster/save-plan.ts';

export function addLayoutOptions(y: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return y
    .option('hypervisors', { type: 'number', alias: 'N', requiresArg: true, describe: 'number of compute nodes [2]' })
    .option('image', { ...text, alias: 'i', describe: 'image by name or id [the best tested one]' })
    .option('flavor', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: '[ROLE=]NAME; repeatable [the smallest that fits]',
    })
    .option('availability-zone', { ...text, alias: 'a', describe: 'zone of all servers' })
    .option('network', { ...text, describe: 'network of the servers, by name or id' })
    .option('floating-network', { ...text, describe: 'external network of floating IPs; "none" for none' })
    .option('ssh-user', { ...text, describe: 'login user of the servers [the image’s]' })
    .option('branch', { ...text, alias: 'b', describe: 'branch, tag or commit of DevStack' })
    .option('set', { type: 'string', array: true, nargs: 1, describe: 'PATH=VALUE in the layout; repeatable' });
}

/** What the options hold, for the schema of a verb. */
export const layoutFields = {
  hypervisors: z.number().int().min(1).max(900).optional(),
  image: z.string().min(1).optional(),
  flavor: z.array(z.string().min(1)).default([]),
  availabilityZone: z.string().min(1).optional(),
  network: z.string().min(1).optional(),
  floatingNetwork: z.string().min(1).optional(),
  sshUser: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'is no user name')
    .optional(),
  branch: z.string().min(1).optional(),
  set: z.array(z.string()).default([]),
};

const fields = z.object(layoutFields);

/** The changes of a layout that a verb's options ask for. */
export function overridesOf(values: z.infer<typeof fields>): LayoutWishes['overrides'] {
  const { hypervisors, image, flavor, availabilityZone, network, floatingNetwork, sshUser, branch, set } = values;
  return { hypervisors, image, flavor, availabilityZone, network, floatingNetwork, sshUser, branch, set };
}
