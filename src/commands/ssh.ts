/** `ssh`: the system's ssh to a node, with the cluster's own configuration, key and known host keys. */
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import type { ClusterRecord } from '../journal/state.ts';
import type { Command } from './command.ts';
import { parseOptions } from './parse-options.ts';
import { addSharedOptions, parseSharedOptions } from './shared-options.ts';

const words = z.array(z.coerce.string()).default([]);
/** yargs puts the words after `--` into `_`. */
const options = z.object({ target: words, _: words });

export const ssh: Command = {
  name: 'ssh',
  usage: 'ssh [target..]',
  summary: 'log in to a node: ssh [CLUSTER] NODE [-- COMMAND]',
  options: (y) => addSharedOptions(y).positional('target', { type: 'string', array: true, describe: '[CLUSTER] NODE' }),
  async run(args, io) {
    const { stateFolder } = parseSharedOptions(args, io);
    const { target, _: command } = parseOptions(options, args);
    const [
      { readState },
      { requireNode, splitTarget },
      { clusterPaths },
      { isRehearsed, scratchOf },
      { sshArguments },
      { readTextFile },
      { runInteractive },
    ] = await Promise.all([
      import('../journal/open.ts'),
      import('../cluster/find-cluster.ts'),
      import('../cluster/paths.ts'),
      import('../cluster/saved-wishes.ts'),
      import('../cluster/ssh.ts'),
      import('../host/files.ts'),
      import('../host/processes.ts'),
    ]);
    const reader = await readState(stateFolder);
    const find = (): { readonly cluster: ClusterRecord; readonly node: string; readonly extra: readonly string[] } => {
      try {
        const { cluster, rest } = splitTarget(reader, target);
        return { cluster, node: requireNode(cluster, rest[0]), extra: rest.slice(1) };
      } finally {
        // A login may last for days; the state is free meanwhile.
        reader.close();
      }
    };
    const { cluster, node, extra } = find();
    if (isRehearsed(cluster)) {
      throw new BuilderError('no-shell', `${node} is a rehearsal: a simulated server has no shell`, {
        state: `cluster ${cluster.name} was built with --cloud rehearsal`,
        fix: `see what it printed: ./builder logs ${cluster.name} ${node}`,
      });
    }
    const { sshConfig: config } = clusterPaths(stateFolder, cluster.name, scratchOf(cluster));
    if ((await readTextFile(config)) === null) {
      throw new BuilderError('no-ssh', `${node} cannot be reached yet: ${config} is not written`, {
        state: 'the file is written at the end of each create',
        fix: `see how far it is: ./builder status ${cluster.name}`,
      });
    }
    return await runInteractive('ssh', sshArguments(config, cluster.name, node, [...extra, ...command]));
  },
};
