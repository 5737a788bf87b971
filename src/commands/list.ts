/** `list`: the clusters in the state. */
import type { Command } from './command.ts';
import { addFormatOption, addSharedOptions, parseSharedOptions } from './shared-options.ts';

export const list: Command = {
  name: 'list',
  usage: 'list',
  summary: 'clusters in the state',
  options: (y) => addFormatOption(addSharedOptions(y)),
  async run(args, io) {
    const { format, stateFolder } = parseSharedOptions(args, io);
    const [{ readState }, { readAllStatuses }, { renderData, renderTable }] = await Promise.all([
      import('../journal/open.ts'),
      import('../cluster/status.ts'),
      import('../progress/table.ts'),
    ]);
    const reader = await readState(stateFolder);
    try {
      const data = readAllStatuses(reader);
      const rows = data.map(({ cluster, phase, nodes, done, total }) => {
        const ready = nodes.filter(({ state }) => state === 'ready').length;
        return [cluster, phase, `${ready}/${nodes.length}`, `${done}/${total}`];
      });
      io.stdout(
        await renderData(format, {
          data,
          rows,
          table: () => renderTable(['CLUSTER', 'PHASE', 'NODES READY', 'STEPS'], rows),
        }),
      );
    } finally {
      reader.close();
    }
    return 0;
  },
};
