/** A compute leaves the cloud that it was part of: what the API node does about it. */
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import { DISABLE_COMPUTE, ENABLE_COMPUTE, FORGET_COMPUTE, MOVE_GUESTS } from '../remote/commands/leave-cloud.ts';
import { accessInput } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';

/** `node` is who does it; `hosts` is what nova calls the hypervisors of the one that leaves. */
const about = accessInput.extend({ leaving: z.string(), hosts: z.array(z.string()) });

function hostsOf({ hosts }: z.infer<typeof about>): Readonly<Record<string, string>> {
  return { HOSTS: hosts.join(' ') };
}

export const disableCompute = scriptStep({
  kind: 'disable-compute',
  version: 1,
  repeat: 'idempotent',
  isAboutOther: true,
  input: about,
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: ({ leaving }) => `put no more guests on ${leaving}`,
  prepare: (_context, input) => ({
    script: DISABLE_COMPUTE,
    env: { ...hostsOf(input), REASON: 'it is being removed from the cluster' },
  }),
  conclude: () => ({}),
});

export const enableCompute = scriptStep({
  kind: 'enable-compute',
  version: 1,
  repeat: 'idempotent',
  isAboutOther: true,
  input: about,
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: ({ leaving }) => `put guests on ${leaving} again`,
  prepare: (_context, input) => ({ script: ENABLE_COMPUTE, env: hostsOf(input) }),
  conclude: () => ({}),
});

/** Guests are their users' data: without a word they are moved, never deleted. */
export const moveGuests = scriptStep({
  kind: 'move-guests',
  version: 1,
  repeat: 'idempotent',
  isAboutOther: true,
  input: about.extend({ canMove: z.boolean(), isDeleting: z.boolean() }),
  output: nothing,
  timeLimitMs: 6 * 3_600_000,
  title: ({ leaving }) => `move the guests of ${leaving} to other hypervisors`,
  prepare: (_context, input) => ({
    script: MOVE_GUESTS,
    env: { ...hostsOf(input), CAN_MOVE: input.canMove ? 'yes' : 'no', DELETE: input.isDeleting ? 'yes' : 'no' },
  }),
  conclude(text, context, { leaving, canMove }) {
    const left = [...text.matchAll(/^left=(\S+) (\S+) (.*)$/gm)].map(([, id, status, name]) => ({ id, status, name }));
    if (left.length === 0) return {};
    const names = left.map(({ id, status, name }) => `${name} (${id}, ${status})`);
    const { name: cluster } = context.ports.cluster;
    const why = canMove ? 'did not move' : 'have no other hypervisor of their cell to move to';
    throw new BuilderError('guests-left', `${leaving} has ${left.length} guests that ${why}: ${names.join(', ')}`, {
      at: context.key,
      state: `${leaving} gets no new guests; it and its guests run on`,
      fix: `move or delete them, then ./builder create ${cluster}; to delete them with it: ./builder create ${cluster} --delete-guests; to keep it, ask for as many hypervisors as before`,
      details: { guests: left },
    });
  },
});

function forgetting(kind: string, title: (leaving: string) => string) {
  return scriptStep({
    kind,
    version: 1,
    repeat: 'idempotent',
    isAboutOther: true,
    input: about,
    output: nothing,
    timeLimitMs: 30 * 60_000,
    title: ({ leaving }) => title(leaving),
    prepare: (context, input) => ({
      script: FORGET_COMPUTE,
      env: {
        ...hostsOf(input),
        NODE: input.leaving,
        OVN: context.ports.cluster.layout.network.backend === 'ovn' ? 'yes' : 'no',
      },
    }),
    conclude: () => ({}),
  });
}

export const forgetCompute = forgetting(
  'forget-compute',
  (leaving) => `forget ${leaving} in nova, placement and neutron`,
);
/** Who could not be stopped may have come back until its server was gone. */
export const checkForgotten = forgetting('check-forgotten', (leaving) => `see that nobody knows ${leaving} any more`);
