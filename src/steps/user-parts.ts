/** Files and steps of people: each step has a kind of its own, so that its log, its job and its repeat class are its own too. */
import { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { MAX_USER_STEPS } from '../layout/nodes.ts';
import { installFilesScript, userStepScript } from '../remote/commands/user-files.ts';
import { accessInput, fixedAddress } from './node-access.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { scriptStep } from './script-step.ts';
import { proxyEnvironment } from './write-mirrors.ts';

const userStepInput = accessInput.extend({
  name: z.string(),
  upload: z.string(),
  group: z.string(),
  role: z.string(),
  /** The node with the APIs. */
  api: z.string(),
});

export const installFiles = scriptStep({
  kind: 'install-files',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({
    files: z.array(z.object({ sha256: z.string(), path: z.string(), mode: z.string(), owner: z.string() })),
  }),
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: ({ files }) => `write ${files.length} files of the layout`,
  prepare: async (context, { files }) => {
    const read = files.map(async ({ sha256, path, mode, owner }) => {
      const [file] = await context.ports.readUpload(sha256);
      return { base64: file?.base64 ?? '', path, mode, owner };
    });
    return { script: installFilesScript(await Promise.all(read)), env: {} };
  },
  conclude: () => ({}),
});

function userStep(number: number, repeat: 'idempotent' | 'once'): StepKind<StepPorts, z.infer<typeof userStepInput>> {
  const kind = `user-step-${repeat === 'once' ? 'once-' : ''}${number}`;
  return scriptStep({
    kind,
    version: 1,
    repeat,
    input: userStepInput,
    output: nothing,
    timeLimitMs: 60 * 60_000,
    title: ({ name }) => `run the step ${name}`,
    called: ({ name }) => `step ${name}`,
    prepare: async (context, { node, upload, group, role, api }) => {
      const [file] = await context.ports.readUpload(upload);
      if (file === undefined) throw new TypeError('a kept script is one file');
      return {
        script: userStepScript(kind, file),
        env: {
          ...proxyEnvironment(context),
          CLUSTER: context.ports.cluster.name,
          NODE_NAME: node,
          NODE_ADDRESS: fixedAddress(context, node),
          NODE_GROUP: group,
          NODE_ROLE: role,
          SERVICE_HOST: fixedAddress(context, api),
        },
      };
    },
    conclude: () => ({}),
  });
}

/** By their place in the layout; what the layout says of one is the input of its step. */
export const USER_STEPS = Array.from({ length: MAX_USER_STEPS }, (_, index) => [
  userStep(index + 1, 'idempotent'),
  userStep(index + 1, 'once'),
]).flat();
