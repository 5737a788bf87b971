/** One CA for a cluster with TLS: made on the API node, kept in the vault, put on every node before its stack.sh. */
import { z } from 'zod';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { CA_KEYS, INSTALL_CA, MAKE_CA, PACKED_CA } from '../remote/commands/certificates.ts';
import { parseFacts } from '../remote/commands/facts.ts';
import { type AccessInput, accessInput, fixedAddress, nodeOf } from './node-access.ts';
import { certificateOutput, nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { type Script, scriptStep } from './script-step.ts';

type Context = StepContext<StepPorts>;
type Certificate = z.infer<typeof certificateOutput>;

/** DevStack's `data/CA` with its private keys, packed, in base64. */
const PACKED = 'ca';
/** Those keys as text: in the packed form no line of them can be recognized. */
const KEYS = 'ca_keys';
/** Ten times what DevStack makes; it travels in one variable of a script. */
const MAX_BYTES = 64 * 1024;

async function readWhole(context: Context, input: AccessInput, path: string): Promise<Buffer> {
  const content = await nodeOf(context, input).readFile(path, 0, MAX_BYTES, context.signal);
  if (content.length > 0 && content.length < MAX_BYTES) return Buffer.from(content);
  throw new BuilderError('job-failed', `${input.node}: ${path} has ${content.length} bytes`, {
    at: `make-ca/${input.node}`,
    state: 'the server stays as it is; other nodes are unharmed',
    // Where it is not there any more, the next attempt packs it again.
    disposition: 'retryable',
  });
}

const make = scriptStep({
  kind: 'make-ca',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: () => 'make the certificates',
  prepare: (context, { node }) => ({ script: MAKE_CA, env: { SERVICE_HOST: fixedAddress(context, node) } }),
  conclude: () => ({}),
});

/**
 * A cluster has one CA for life: where the vault holds it, a node made anew gets that one, and the others need not be told. The keys
 * come to us as a file that is read, for whatever a script prints is logged.
 */
export const makeCa: StepKind<StepPorts, AccessInput, Record<string, never>> = {
  ...make,
  async perform(context, input) {
    const { secrets } = context.ports;
    if (secrets.has(PACKED)) return {};
    await make.perform(context, input);
    const [packed, keys] = await Promise.all([
      readWhole(context, input, PACKED_CA),
      readWhole(context, input, CA_KEYS),
    ]);
    // The CA itself comes last: what is there of it is whole, and known to the redactor.
    await secrets.ensure(KEYS, () => keys.toString());
    await secrets.ensure(PACKED, () => packed.toString('base64'));
    return {};
  },
};

/** Puts the CA of the vault on a node, wherever it was removed: a node that has it keeps it. */
export function installCaScript(context: Context): Script {
  return { script: INSTALL_CA, env: { CA: context.ports.secrets.get(PACKED) } };
}

/** `maker`: the API node, whose root certificate the others are compared with. */
export const installCa = scriptStep({
  kind: 'install-ca',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ maker: z.string() }),
  output: certificateOutput,
  timeLimitMs: 5 * 60_000,
  title: () => 'install the certificates',
  prepare: (context) => installCaScript(context),
  conclude(text, context, { node, maker }) {
    const { ca_digest: sha256, ca_certificate: certificate } = parseFacts(text);
    const installed = certificateOutput.safeParse({ sha256, certificate });
    const first = node === maker ? installed.data : context.outputOf<Certificate>(`install-ca/${maker}`);
    if (installed.success && installed.data.sha256 === first?.sha256) return installed.data;
    throw new BuilderError('job-failed', `${node}: the root certificate is not that of ${maker}`, {
      at: `install-ca/${node}`,
      state: 'the server stays as it is; other nodes are unharmed',
      fix: 'run the same command again',
    });
  },
});
