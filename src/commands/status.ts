/** `status`: nodes, addresses, steps, what runs now and what is in doubt. */
import { z } from 'zod';
import type { Command } from './command.ts';
import { parseOptions } from './parse-options.ts';
import { addFormatOption, addSharedOptions, parseSharedOptions } from './shared-options.ts';

const options = z.object({ cluster: z.string().optional() });

export const status: Command = {
  name: 'status',
  usage: 'status [cluster]',
  summary: 'nodes, addresses, steps, what runs now, what is in doubt',
  options: (y) =>
    addFormatOption(addSharedOptions(y)).positional('cluster', { type: 'string', describe: 'name of the cluster' }),
  async run(args, io) {
    const { format, stateFolder } = parseSharedOptions(args, io);
    const { cluster } = parseOptions(options, args);
    const [{ readState }, { findCluster }, { readStatus }, { renderData }, { nodeCells, renderStatus }] =
      await Promise.all([
        import('../journal/open.ts'),
        import('../cluster/find-cluster.ts'),
        import('../cluster/status.ts'),
        import('../progress/table.ts'),
        import('../progress/status-text.ts'),
      ]);
    const reader = await readState(stateFolder);
    try {
      const data = readStatus(reader, findCluster(reader, cluster));
      const now = io.clock.now();
      const rows = data.nodes.map((node) => nodeCells(node, now));
      io.stdout(await renderData(format, { data, rows, table: () => renderStatus(data, now) }));
    } finally {
      reader.close();
    }
    return 0;
  },
};
