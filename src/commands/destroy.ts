/** `destroy`: removes everything that carries our mark. */
import type { Argv } from 'yargs';
import { z } from 'zod';
import type { Parts } from '../cluster/parts.ts';
import { clusterIdOption } from './cluster-id-option.ts';
import type { Command, Io } from './command.ts';
import { confirm } from './confirm.ts';
import { parseOptions } from './parse-options.ts';
import { addRehearsalOptions } from './rehearsal-options.ts';
import { addProgressOption, addSharedOptions, parseSharedOptions } from './shared-options.ts';

const options = z.object({
  cluster: z.string().optional(),
  all: z.boolean().default(false),
  wait: z.boolean().default(true),
  clusterId: clusterIdOption,
  unlock: z.boolean().default(false),
  yes: z.boolean().default(false),
});
type Options = z.infer<typeof options>;

function addDestroyOptions(y: Argv): Argv {
  return addProgressOption(addRehearsalOptions(addSharedOptions(y)))
    .positional('cluster', { type: 'string', describe: 'name of the cluster' })
    .option('all', { type: 'boolean', describe: 'every cluster of the state' })
    .option('wait', {
      type: 'boolean',
      default: true,
      describe: 'wait until nothing is left; --no-wait only asks for it',
    })
    .option('cluster-id', { type: 'string', requiresArg: true, describe: 'by mark alone: no state is needed' })
    .option('unlock', { type: 'boolean', describe: 'unlock locked servers' })
    .option('yes', { type: 'boolean', alias: 'y', describe: 'do not ask' });
}

async function chooseClusters(values: Options, stateFolder: string): Promise<readonly string[]> {
  const [{ readState }, { findCluster, listLiving }] = await Promise.all([
    import('../journal/open.ts'),
    import('../cluster/find-cluster.ts'),
  ]);
  const reader = await readState(stateFolder);
  try {
    return values.all ? listLiving(reader).map(({ name }) => name) : [findCluster(reader, values.cluster).name];
  } finally {
    reader.close();
  }
}

async function destroyWithoutState(clusterId: string, values: Options, parts: Parts, io: Io): Promise<void> {
  const { destroyByMark, findByMark } = await import('../cluster/destroy.ts');
  const { cloud, scope } = await parts.connect(null);
  try {
    const { objects } = await findByMark(clusterId, cloud, scope.projectId, parts.signal);
    for (const { kind, name, id } of objects) io.stderr(`  ${kind} ${name} (${id})\n`);
    if (objects.length > 0)
      await confirm(`found ${objects.length} objects of cluster ${clusterId}.`, 'yes', values.yes, io);
    await destroyByMark(clusterId, cloud, scope.projectId, values.unlock, parts);
  } finally {
    await cloud.close();
  }
}

export const destroy: Command = {
  name: 'destroy',
  usage: 'destroy [cluster]',
  summary: 'remove everything of a cluster',
  options: addDestroyOptions,
  async run(args, io) {
    const shared = parseSharedOptions(args, io);
    const values = parseOptions(options, args);
    const { openWork } = await import('./work.ts');
    const names = values.clusterId === undefined ? await chooseClusters(values, shared.stateFolder) : [];
    if (names.length > 0) {
      const answer = names.length === 1 ? (names[0] ?? 'yes') : 'yes';
      // Who wrote it into a script has asked for it.
      await confirm(`This removes ${names.join(', ')} with all servers.`, answer, values.yes || !io.isTty.stdin, io);
    }
    const { parts, renderer } = await openWork(shared, io, process.argv.slice(2));
    try {
      if (values.clusterId !== undefined) await destroyWithoutState(values.clusterId, values, parts, io);
      else if (names.length > 0) {
        const { destroyClusters } = await import('../cluster/destroy.ts');
        await destroyClusters({ clusterNames: names, unlock: values.unlock, isWaiting: values.wait }, parts);
      }
    } finally {
      renderer.close();
    }
    const what = values.clusterId ?? names.join(', ');
    if (values.wait) io.stderr(what === '' ? 'there is no cluster to destroy\n' : `${what}: nothing is left\n`);
    return 0;
  },
};
