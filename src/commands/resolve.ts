/** `resolve`: settles what is in doubt, by another look or by the word of who has looked. */
import type { Argv } from 'yargs';
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import { userName } from '../host/environment.ts';
import { readProcessFacts } from '../host/process-facts.ts';
import type { Command } from './command.ts';
import { parseOptions } from './parse-options.ts';
import { addRehearsalOptions } from './rehearsal-options.ts';
import { addFormatOption, addProgressOption, addSharedOptions, parseSharedOptions } from './shared-options.ts';
import { addSshProxyOption, parseSshProxy } from './ssh-proxy-option.ts';

const options = z.object({
  target: z.array(z.coerce.string()).default([]),
  absent: z.boolean().default(false),
  found: z.string().min(1).max(255).optional(),
});
type Options = z.infer<typeof options>;

function addResolveOptions(y: Argv): Argv {
  return addFormatOption(addProgressOption(addRehearsalOptions(addSharedOptions(addSshProxyOption(y)))))
    .positional('target', {
      type: 'string',
      array: true,
      describe: '[CLUSTER] [STEP]; without STEP all that is in doubt',
    })
    .option('absent', { type: 'boolean', describe: 'you have looked: the step had no effect' })
    .option('found', {
      type: 'string',
      requiresArg: true,
      describe: 'you have looked: the step made the object of this id',
    });
}

/** A step's key has a slash, a cluster's name has none. */
function toWishes({ target, absent, found }: Options) {
  const step = target.find((word) => word.includes('/'));
  const [clusterName, ...surplus] = target.filter((word) => word !== step);
  const hasWord = absent || found !== undefined;
  const wrong =
    surplus.length > 0
      ? `too many words: ${surplus.join(' ').slice(0, 80)}`
      : absent && found !== undefined
        ? '--absent and --found exclude each other'
        : hasWord && step === undefined
          ? `--${absent ? 'absent' : 'found'} is said of one step`
          : null;
  if (wrong !== null) {
    throw new BuilderError('bad-option', wrong, {
      state: 'nothing was changed',
      fix: './builder resolve [CLUSTER] [STEP [--absent | --found ID]]',
    });
  }
  const by = `${userName()}@${readProcessFacts().host}`;
  const word = found !== undefined ? ({ says: 'found', id: found, by } as const) : ({ says: 'absent', by } as const);
  return { clusterName, step: step ?? null, word: hasWord ? word : null };
}

export const resolve: Command = {
  name: 'resolve',
  usage: 'resolve [target..]',
  summary: 'settle what is in doubt: resolve [CLUSTER] [STEP]',
  options: addResolveOptions,
  async run(args, io) {
    const shared = parseSharedOptions(args, io);
    const sshProxy = parseSshProxy(args, io);
    const wishes = toWishes(parseOptions(options, args));
    const [{ openWork }, { resolveCluster }, { doubtCells, renderDoubts }, { renderData }] = await Promise.all([
      import('./work.ts'),
      import('../cluster/resolve.ts'),
      import('../progress/doubt-text.ts'),
      import('../progress/table.ts'),
    ]);
    const { parts, renderer } = await openWork(shared, io, process.argv.slice(2), sshProxy);
    try {
      const { exitCode, ...data } = await resolveCluster(wishes, parts);
      renderer.close();
      const rows = data.attempts.map(doubtCells);
      io.stdout(await renderData(shared.format, { data, rows, table: () => renderDoubts(data) }));
      return exitCode;
    } finally {
      renderer.close();
    }
  },
};
