/** DevStack on a node: git, the pinned commit, patches on it, plugins beside it. */
import { z } from 'zod';
import {
  APPLY_PATCHES,
  CLONE_DEVSTACK,
  CONFIGURE_GIT,
  INSTALL_OWN_PLUGIN,
  INSTALL_PLUGIN,
} from '../remote/commands/checkout.ts';
import { ownPluginFiles } from '../remote/commands/devstack-plugin.ts';
import { writeFiles } from '../remote/commands/upload.ts';
import { OWN_PLUGIN } from '../roles/own-plugin.ts';
import { WAITING } from '../roles/waiting.ts';
import { accessInput } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';
import { proxyEnvironment } from './write-mirrors.ts';

const PATCHES = '/opt/stack/.builder-patches';
const UPLOADED = '/opt/stack/.builder-plugin';

export const configureGit = scriptStep({
  kind: 'configure-git',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'configure git',
  prepare: () => ({ script: CONFIGURE_GIT, env: {} }),
  conclude: () => ({}),
});

export const cloneDevstack = scriptStep({
  kind: 'clone-devstack',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ repo: z.string(), ref: z.string(), commit: z.string() }),
  output: nothing,
  timeLimitMs: 15 * 60_000,
  title: ({ commit }) => `clone DevStack at ${commit.slice(0, 10)}`,
  prepare: (context, { repo, ref, commit }) => ({
    script: CLONE_DEVSTACK,
    env: { ...proxyEnvironment(context), REPO: repo, REF: ref, COMMIT: commit },
  }),
  conclude: () => ({}),
});

export const applyPatches = scriptStep({
  kind: 'apply-patches',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ commit: z.string(), upload: z.string() }),
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'apply the patches',
  prepare: async (context, { commit, upload }) => ({
    script: `${writeFiles(PATCHES, await context.ports.readUpload(upload))}${APPLY_PATCHES}`,
    env: { COMMIT: commit, PATCHES },
  }),
  conclude: () => ({}),
});

export const installPlugin = scriptStep({
  kind: 'install-plugin',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ plugin: z.string(), upload: z.string() }),
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: ({ plugin }) => `install the plugin ${plugin}`,
  prepare: async (context, { plugin, upload }) => ({
    script: `${writeFiles(UPLOADED, await context.ports.readUpload(upload))}${INSTALL_PLUGIN}`,
    env: { PLUGIN: plugin, UPLOADED },
  }),
  conclude: () => ({}),
});

/** Our own plugin, where a node's stack.sh needs it. */
export const installBuilderPlugin = scriptStep({
  kind: 'install-builder-plugin',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => "install the builder's plugin",
  prepare: () => ({
    script: `${writeFiles(UPLOADED, ownPluginFiles(WAITING))}${INSTALL_OWN_PLUGIN}`,
    env: { PLUGIN: OWN_PLUGIN, UPLOADED },
  }),
  conclude: () => ({}),
});
