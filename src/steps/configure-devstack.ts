/** What a node is told before it is stacked: its local.conf and, for a hypervisor, its identity. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import { planNodes } from '../layout/nodes.ts';
import { RELEASE_FILE } from '../remote/commands/devstack-plugin.ts';
import { WRITE_COMPUTE_ID, WRITE_LOCAL_CONF } from '../remote/commands/local-conf.ts';
import { checkLocalConf } from '../roles/check-local-conf.ts';
import { layoutOn } from '../roles/distro-localrc.ts';
import { renderLocalConf } from '../roles/local-conf.ts';
import { fillSecrets } from '../roles/secrets.ts';
import { checkServer } from './check-server.ts';
import { accessInput, fixedAddress } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';

const localConfInput = accessInput.extend({
  mtu: z.number().int(),
  /** Text laid after the generated one (--templates), and the plugin to enable (--extras). */
  fragment: z.string(),
  plugin: z.string().nullable(),
  /** Of the layout's plugins; plans of earlier builders know none. */
  pluginCommits: z.record(z.string(), z.string()).default({}),
  /** Plans of earlier builders know no overlay. */
  overlayAddress: z.string().nullable().default(null),
  overlayAddresses: z.array(z.string()).default([]),
  /** Whether its stack.sh waits for other nodes in our plugin. */
  isHeld: z.boolean().default(false),
});

function enablePlugin(text: string, plugin: string | null): string {
  if (plugin === null) return text;
  // localrc ends where the first other section begins; enable_plugin must stand after every variable.
  const line = `enable_plugin ${plugin} file:///opt/stack/${plugin}\n`;
  const next = text.indexOf('\n[[', 1);
  return next === -1 ? `${text}${line}` : `${text.slice(0, next + 1)}${line}${text.slice(next + 1)}`;
}

export const writeLocalConf = scriptStep({
  kind: 'write-local-conf',
  version: 1,
  repeat: 'idempotent',
  input: localConfInput,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'write local.conf',
  async prepare(context, { node, mtu, fragment, plugin, pluginCommits: commits, isHeld, ...overlay }) {
    // The server itself says best what it runs.
    const system = context.outputOf<z.infer<typeof checkServer.output>>(`check-server/${node}`);
    const layout = layoutOn(context.ports.cluster.layout, system);
    const nodes = planNodes(layout);
    const own = nodes.find(({ name }) => name === node);
    if (own === undefined) throw new TypeError(`the saved layout has no node ${node}`);
    const addresses = new Map(nodes.map(({ name }) => [name, fixedAddress(context, name)]));
    const pluginCommits = new Map(Object.entries(commits));
    const waitFor = isHeld ? RELEASE_FILE : null;
    const { overlayAddress, overlayAddresses } = overlay;
    const request = { layout, node: own, addresses, mtu, pluginCommits, overlayAddress, overlayAddresses, waitFor };
    const generated = enablePlugin(renderLocalConf(request), plugin);
    const problems = checkLocalConf(generated);
    if (problems.length > 0) throw BuilderError.all(problems);
    const text = generated + fragment;
    await context.ports.saveLocalConf(node, text);
    const filled = fillSecrets(text, (name) => context.ports.secrets.get(name));
    return {
      script: WRITE_LOCAL_CONF,
      env: {
        LOCAL_CONF: Buffer.from(filled).toString('base64'),
        SHA256: createHash('sha256').update(filled).digest('hex'),
      },
    };
  },
  conclude: () => ({}),
});

export const writeComputeId = scriptStep({
  kind: 'write-compute-id',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ computeId: z.string() }),
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'write the compute node id',
  prepare: (_context, { computeId }) => ({ script: WRITE_COMPUTE_ID, env: { COMPUTE_ID: computeId } }),
  conclude: () => ({}),
});
