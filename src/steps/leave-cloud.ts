/** A compute leaves the cloud that it was part of: what the API node does about it. */
import { z } from 'zod';
import type { StepContext } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { DISABLE_COMPUTE, ENABLE_COMPUTE, MOVE_GUESTS } from '../remote/commands/leave-cloud.ts';
import { accessInput } from './node-access.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { type Script, scriptStep } from './script-step.ts';

/** `node` is who does it; `hosts` is what nova calls the hypervisors of the one that leaves. */
const about = accessInput.extend({ leaving: z.string(), hosts: z.array(z.string()) });

export type About = z.infer<typeof about>;

export function hostsOf({ hosts }: Pick<About, 'hosts'>): Readonly<Record<string, string>> {
  return { HOSTS: hosts.join(' ') };
}

/** A script that asks the APIs, and whose end says it all. */
export function asking(
  kind: string,
  minutes: number,
  title: (leaving: string) => string,
  prepare: (context: StepContext<StepPorts>, input: About) => Script,
) {
  return scriptStep({
    kind,
    version: 1,
    repeat: 'idempotent',
    isAboutOther: true,
    input: about,
    output: nothing,
    timeLimitMs: minutes * 60_000,
    title: ({ leaving }) => title(leaving),
    prepare,
    conclude: () => ({}),
  });
}

export const disableCompute = asking(
  'disable-compute',
  10,
  (leaving) => `put no more guests on ${leaving}`,
  (_context, input) => ({
    script: DISABLE_COMPUTE,
    env: { ...hostsOf(input), REASON: 'it is being removed from the cluster' },
  }),
);

export const enableCompute = asking(
  'enable-compute',
  10,
  (leaving) => `put guests on ${leaving} again`,
  (_context, input) => ({ script: ENABLE_COMPUTE, env: hostsOf(input) }),
);

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
