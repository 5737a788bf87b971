/** Mirrors and proxies on a node, before anything is downloaded there. */
import type { StepContext } from '../engine/step.ts';
import { planNodes } from '../layout/nodes.ts';
import { WRITE_MIRRORS } from '../remote/commands/mirrors.ts';
import { aptConf, pipConf, proxyVariables } from '../roles/mirrors.ts';
import { accessInput, fixedAddress } from './node-access.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { scriptStep } from './script-step.ts';

function addressesOf(context: StepContext<StepPorts>): ReadonlyMap<string, string> {
  return new Map(planNodes(context.ports.cluster.layout).map(({ name }) => [name, fixedAddress(context, name)]));
}

/** The proxy variables for what a node downloads before DevStack reads its own; none where the layout has no proxy. */
export function proxyEnvironment(context: StepContext<StepPorts>): Readonly<Record<string, string>> {
  const { mirrors } = context.ports.cluster.layout;
  return mirrors.proxy === null ? {} : proxyVariables(mirrors, addressesOf(context));
}

export const writeMirrors = scriptStep({
  kind: 'write-mirrors',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'write mirrors and proxies of pip and apt',
  prepare: (context) => {
    const { mirrors } = context.ports.cluster.layout;
    const encode = (text: string | null): string => (text === null ? '' : Buffer.from(text).toString('base64'));
    return {
      script: WRITE_MIRRORS,
      env: { PIP_CONF: encode(pipConf(mirrors)), APT_CONF: encode(aptConf(mirrors, addressesOf(context))) },
    };
  },
  conclude: () => ({}),
});
