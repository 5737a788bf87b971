/** The short steps that make a fresh server a node: ours, named, with user, sources and packages. */
import { z } from 'zod';
import { WAIT_CLOUD_INIT } from '../remote/commands/cloud-init.ts';
import { SET_NAMES } from '../remote/commands/names.ts';
import { INSTALL_PACKAGES, WRITE_REPOSITORIES } from '../remote/commands/packages.ts';
import { CREATE_STACK_USER } from '../remote/commands/stack-user.ts';
import { writeFiles } from '../remote/commands/upload.ts';
import { accessInput, fixedAddress } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';
import { proxyEnvironment } from './write-mirrors.ts';

const SOURCES = '/var/lib/builder/sources';

export const waitCloudInit = scriptStep({
  kind: 'wait-cloud-init',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 15 * 60_000,
  title: () => 'wait until cloud-init and the package lock are free',
  prepare: () => ({ script: WAIT_CLOUD_INIT, env: {} }),
  conclude: () => ({}),
});

/** Every node knows every other by its planned name, before anything is installed. */
export const setNames = scriptStep({
  kind: 'set-names',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ nodes: z.array(z.string()) }),
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'fix hostname and /etc/hosts',
  prepare: (context, { node, nodes }) => ({
    script: SET_NAMES,
    env: {
      NODE_NAME: node,
      HOSTS: nodes.map((name) => `${fixedAddress(context, name)} ${name}`).join('|'),
    },
  }),
  conclude: () => ({}),
});

export const createStackUser = scriptStep({
  kind: 'create-stack-user',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'create the user stack',
  prepare: () => ({ script: CREATE_STACK_USER, env: {} }),
  conclude: () => ({}),
});

export const writeRepositories = scriptStep({
  kind: 'write-repositories',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ upload: z.string() }),
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'write the package sources',
  prepare: async (context, { upload }) => ({
    script: `${writeFiles(SOURCES, await context.ports.readUpload(upload))}${WRITE_REPOSITORIES}`,
    env: { SOURCES },
  }),
  conclude: () => ({}),
});

export const installPackages = scriptStep({
  kind: 'install-packages',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 30 * 60_000,
  title: () => 'install packages',
  prepare: (context) => ({ script: INSTALL_PACKAGES, env: proxyEnvironment(context) }),
  conclude: () => ({}),
});
