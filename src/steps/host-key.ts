/** A server's own host key in place of the one it was born with, which its user data shows to whoever may read that. */
import { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { parseFacts } from '../remote/commands/facts.ts';
import { INSTALL_HOST_KEY, MAKE_HOST_KEY } from '../remote/commands/host-key.ts';
import { type AccessInput, accessInput, nodeOf } from './node-access.ts';
import { nothing } from './outputs.ts';
import { hostKeyName, type StepPorts } from './ports.ts';
import { scriptStep } from './script-step.ts';

/** A host key goes into files that other programs read line by line. */
const hostKeyOutput = z.object({ hostKey: z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]+=*$/) });

type HostKey = z.infer<typeof hostKeyOutput>;

/** sshd reads its keys again within a moment; the rest is for a network that is away. */
const RECONNECT_MS = 2 * 60_000;

/** The key is recorded when this step is done, and shown by nobody before the next one. */
export const makeHostKey = scriptStep({
  kind: 'make-host-key',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: hostKeyOutput,
  timeLimitMs: 5 * 60_000,
  title: () => 'make a host key of its own',
  prepare: () => ({ script: MAKE_HOST_KEY, env: {} }),
  conclude(text, _context, { node }) {
    const made = hostKeyOutput.safeParse({ hostKey: parseFacts(text)['host_key'] });
    if (made.success) return made.data;
    throw new BuilderError('job-failed', `${node}: the new host key was not printed`, { at: `make-host-key/${node}` });
  },
});

const install = scriptStep({
  kind: 'install-host-key',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: () => 'show its own host key only',
  prepare: (context, { node }) => ({
    script: INSTALL_HOST_KEY,
    env: { HOST_KEY: context.outputOf<HostKey>(`make-host-key/${node}`).hostKey },
  }),
  conclude: () => ({}),
});

/** Done when a new connection has shown the new key; the injected one is dead then, and its private half leaves the vault. */
export const installHostKey: StepKind<StepPorts, AccessInput, Record<string, never>> = {
  ...install,
  async perform(context, input) {
    const { hostKey } = context.outputOf<HostKey>(`make-host-key/${input.node}`);
    // People's ssh must know the new key before the server can show it.
    await context.ports.saveSshFiles();
    await install.perform(context, input);
    await nodeOf(context, input, [hostKey]).waitReachable(RECONNECT_MS, context.signal);
    // Under the same name, so that recover knows whom to believe when the journal is lost.
    await context.ports.secrets.retire(hostKeyName(input.node, context.generation), hostKey);
    return {};
  },
};
