/** `recover`: makes a lost state anew from what is in the cloud and on the nodes. */
import type { Argv } from 'yargs';
import { z } from 'zod';
import { clusterIdOption } from './cluster-id-option.ts';
import type { Command } from './command.ts';
import { confirm } from './confirm.ts';
import { parseOptions } from './parse-options.ts';
import { addRehearsalOptions } from './rehearsal-options.ts';
import { addProgressOption, addSharedOptions, parseSharedOptions } from './shared-options.ts';
import { addSshProxyOption, parseSshProxy } from './ssh-proxy-option.ts';

const options = z.object({
  cluster: z.string().optional(),
  clusterId: clusterIdOption,
  yes: z.boolean().default(false),
});

function addRecoverOptions(y: Argv): Argv {
  return addProgressOption(addRehearsalOptions(addSharedOptions(addSshProxyOption(y))))
    .positional('cluster', { type: 'string', describe: 'name of the cluster' })
    .option('cluster-id', {
      type: 'string',
      requiresArg: true,
      describe: 'its mark in the cloud, where its plan is lost too',
    })
    .option('yes', { type: 'boolean', alias: 'y', describe: 'do not ask' });
}

export const recover: Command = {
  name: 'recover',
  usage: 'recover [cluster]',
  summary: 'make a state that was lost or damaged anew',
  options: addRecoverOptions,
  async run(args, io) {
    const shared = parseSharedOptions(args, io);
    const sshProxy = parseSshProxy(args, io);
    const values = parseOptions(options, args);
    const [{ openWork }, { recoverCluster }, { renderFinding, renderRecovered }] = await Promise.all([
      import('./work.ts'),
      import('../cluster/recover.ts'),
      import('../progress/recovery-text.ts'),
    ]);
    const { parts, renderer } = await openWork(shared, io, process.argv.slice(2), sshProxy);
    try {
      const wishes = { clusterId: values.clusterId ?? null, clusterName: values.cluster ?? null };
      const outcome = await recoverCluster(wishes, parts, async (finding) => {
        io.stderr(renderFinding(finding));
        await confirm(`A new state of ${finding.cluster} will be written.`, finding.cluster, values.yes, io);
      });
      renderer.close();
      io.stderr(renderRecovered({ ...outcome, cluster: outcome.cluster.name }));
      return 0;
    } finally {
      renderer.close();
    }
  },
};
