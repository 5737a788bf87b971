/** `layouts`: which there are, what one of them means, and the grammar of them all; without a cloud and without a state. */
import type { Argv } from 'yargs';
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import type { Command, Io } from './command.ts';
import { addLayoutOptions, layoutFields, overridesOf } from './layout-options.ts';
import { parseOptions } from './parse-options.ts';
import { addFormatOption, addSharedOptions, formatFields } from './shared-options.ts';

const options = z.object({
  layout: z.string().min(1).optional(),
  localConf: z.string().min(1).optional(),
  schema: z.boolean().default(false),
  ...layoutFields,
  ...formatFields,
});
type Options = z.infer<typeof options>;

function addLayoutsOptions(y: Argv): Argv {
  return addFormatOption(addSharedOptions(addLayoutOptions(y)))
    .positional('layout', {
      type: 'string',
      describe: 'a shipped layout or a file; all shipped ones are listed without',
    })
    .option('local-conf', {
      type: 'string',
      requiresArg: true,
      describe: 'print the local.conf that this node would get',
    })
    .option('schema', { type: 'boolean', describe: 'print the grammar of layouts as a JSON Schema, for editors' });
}

/** What asks for one thing and would be overheard beside another. */
function refuseContradictions({ layout, localConf, schema }: Options, hasChanges: boolean): void {
  const refuse = (option: string, message: string, fix: string): never => {
    throw new BuilderError('bad-option', `${option}: ${message}`, { state: 'nothing was read', fix });
  };
  if (schema && (layout !== undefined || localConf !== undefined || hasChanges))
    refuse('--schema', 'it is the same for every layout', 'give it alone');
  if (layout !== undefined) return;
  if (localConf !== undefined) refuse('--local-conf', 'of which layout?', './builder layouts NAME --local-conf NODE');
  if (hasChanges) refuse('LAYOUT', 'these options change a layout, and none is named', './builder layouts NAME …');
}

async function printLocalConf(values: Options, layout: string, node: string, io: Io): Promise<void> {
  const [{ showLocalConf }, { renderData }] = await Promise.all([
    import('../cluster/show-layout.ts'),
    import('../progress/table.ts'),
  ]);
  const { text, note } = await showLocalConf({ layout, overrides: overridesOf(values) }, node);
  io.stderr(`# local.conf of ${node}: ${note}\n`);
  const isText = values.format === 'table' || values.format === 'value';
  io.stdout(
    isText ? text : await renderData(values.format, { data: { node, local_conf: text }, rows: [], table: () => text }),
  );
}

export const layouts: Command = {
  name: 'layouts',
  usage: 'layouts [layout]',
  summary: 'the shipped layouts, or what one means: nodes, services, order, local.conf',
  options: addLayoutsOptions,
  async run(args, io) {
    const values = parseOptions(options, args);
    const overrides = overridesOf(values);
    const { layout, localConf, format } = values;
    refuseContradictions(
      values,
      Object.values(overrides).some((wish) => (Array.isArray(wish) ? wish.length > 0 : wish !== undefined)),
    );
    if (values.schema) {
      const [{ layoutJsonSchema }, { renderData }] = await Promise.all([
        import('../layout/json-schema.ts'),
        import('../progress/table.ts'),
      ]);
      const printable = { data: layoutJsonSchema(), rows: [], table: () => '' };
      io.stdout(await renderData(format === 'yaml' ? 'yaml' : 'json', printable));
      return 0;
    }
    if (layout !== undefined && localConf !== undefined) {
      await printLocalConf(values, layout, localConf, io);
      return 0;
    }
    const [{ listLayouts, showLayout }, { renderLayout, renderLayoutList }] = await Promise.all([
      import('../cluster/show-layout.ts'),
      import('../progress/layout-text.ts'),
    ]);
    io.stdout(
      layout === undefined
        ? await renderLayoutList(format, await listLayouts())
        : await renderLayout(format, await showLayout({ layout, overrides })),
    );
    return 0;
  },
};
