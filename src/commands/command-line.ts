/** The command line: which verb, its options, help and near misses. */
import { distance } from 'fastest-levenshtein';
import yargs from 'yargs';
import { BuilderError } from '../errors.ts';
import type { Io } from './command.ts';
import { COMMANDS, type CommandEntry } from './index.ts';

const VERSION = '0.1.0';

function nearest(word: string, known: readonly string[]): string | null {
  const [best] = known.map((name) => ({ name, off: distance(word, name) })).toSorted((a, b) => a.off - b.off);
  return best !== undefined && best.off <= Math.max(2, Math.floor(word.length / 3)) ? best.name : null;
}

function unknownVerb(word: string): BuilderError {
  const near = nearest(
    word,
    COMMANDS.map(({ name }) => name),
  );
  return new BuilderError('unknown-option', `no command "${word.slice(0, 80)}"`, {
    state: 'nothing was started',
    fix: near === null ? './builder --help lists the commands' : `did you mean "${near}"?`,
  });
}

/** yargs names what it does not know; we say which option was probably meant. */
function badUsage(message: string, known: readonly string[]): BuilderError {
  const unknown = /Unknown arguments?: (\S+?)(,|$)/.exec(message)?.[1];
  if (unknown === undefined)
    return new BuilderError('bad-option', message, { state: 'nothing was started', fix: 'see --help' });
  const near = nearest(unknown, known);
  return new BuilderError('unknown-option', `--${unknown}`, {
    state: 'nothing was started',
    fix: near === null ? 'see --help' : `did you mean --${near}?`,
  });
}

async function helpOfAll(): Promise<string> {
  const rows = await Promise.all(COMMANDS.map(async ({ load }) => await load()));
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  const lines = rows.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`);
  return `builder ${VERSION}: builds and destroys multi-node DevStack clusters on any OpenStack\n\n${lines.join('\n')}\n\n./builder COMMAND --help tells more.\n`;
}

async function runVerb(entry: CommandEntry, words: readonly string[], io: Io): Promise<number> {
  const command = await entry.load();
  const parser = yargs([...words])
    .scriptName('./builder')
    .usage(`./builder ${command.usage}\n\n${command.summary}`)
    .command(command.usage.replace(/^\S+/, '$0'), command.summary, (y) => command.options(y))
    .strict()
    .version(false)
    .help(false)
    .option('help', { alias: 'h', type: 'boolean', describe: 'show this' })
    .showHelpOnFail(false)
    .exitProcess(false)
    .wrap(Math.min(110, io.columns));
  const failure: { error?: BuilderError } = {};
  parser.fail((message, error) => {
    const known = Object.keys(optionsOf(parser).key);
    failure.error ??= error instanceof BuilderError ? error : badUsage(message ?? String(error), known);
  });
  // What stands after `--` is a command for a node.
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  if (own.includes('--help') || own.includes('-h')) {
    await parser.parseAsync(own.filter((word) => word !== '--help' && word !== '-h'));
    io.stdout(`${await parser.getHelp()}\n`);
    return 0;
  }
  const args = await parser.parseAsync();
  if (failure.error !== undefined) throw failure.error;
  return await command.run(args, io);
}

/** What yargs knows of the declared options; its types leave this method out. */
function optionsOf(parser: ReturnType<typeof yargs>): { readonly key: Readonly<Record<string, unknown>> } {
  return (parser as unknown as { getOptions(): { key: Record<string, unknown> } }).getOptions();
}

/** Resolves with the exit code of the verb; throws `BuilderError`. */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<number> {
  const [verb, ...words] = argv;
  if (verb === '--version') {
    io.stdout(`${VERSION}\n`);
    return 0;
  }
  if (verb === undefined || verb === '--help' || verb === '-h' || verb === 'help') {
    io.stdout(await helpOfAll());
    return verb === undefined ? 2 : 0;
  }
  const entry = COMMANDS.find(({ name }) => name === verb);
  if (entry === undefined) throw unknownVerb(verb);
  return await runVerb(entry, words, io);
}
