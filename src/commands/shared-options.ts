/** Options that several verbs take, and what their values mean. */
import { isAbsolute, join, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import type { Io } from './command.ts';
import { parseOptions } from './parse-options.ts';
import { rehearsalFields } from './rehearsal-options.ts';

/** Every verb takes these. */
export function addSharedOptions(y: Argv): Argv {
  return y
    .option('state', { type: 'string', requiresArg: true, describe: 'folder of the state (BUILDER_STATE)' })
    .option('cloud', { type: 'string', requiresArg: true, describe: 'cloud in clouds.yaml (OS_CLOUD)' })
    .option('region', { type: 'string', requiresArg: true, describe: 'region (OS_REGION_NAME)' })
    .option('insecure-tls', {
      type: 'boolean',
      default: false,
      describe: 'go on where clouds.yaml or OS_* turn the checking of certificates off',
    })
    .option('verbose', { alias: 'v', type: 'count', describe: 'tell more; repeatable' })
    .option('debug', { type: 'boolean', default: false, describe: 'show stacks and causes of errors' })
    .option('color', {
      type: 'boolean',
      default: true,
      describe: 'colours on a terminal; --no-color or NO_COLOR turns them off',
    });
}

/** For verbs that print data. */
export function addFormatOption(y: Argv): Argv {
  return y.option('format', {
    alias: 'f',
    choices: ['table', 'json', 'yaml', 'value'] as const,
    default: 'table' as const,
    describe: 'how data is printed',
  });
}

/** For verbs that work. */
export function addProgressOption(y: Argv): Argv {
  return y.option('progress', {
    choices: ['auto', 'plain', 'json', 'none'] as const,
    default: 'auto' as const,
    describe: 'how the work is shown',
  });
}

/** What `addFormatOption` holds. */
export const formatFields = { format: z.enum(['table', 'json', 'yaml', 'value']).default('table') };

const shared = z.object({
  state: z.string().min(1).optional(),
  cloud: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  insecureTls: z.boolean().default(false),
  verbose: z.number().default(0),
  debug: z.boolean().default(false),
  color: z.boolean().default(true),
  ...formatFields,
  progress: z.enum(['auto', 'plain', 'json', 'none']).default('auto'),
  ...rehearsalFields,
});

export interface SharedValues extends z.infer<typeof shared> {
  /** Absolute path. */
  readonly stateFolder: string;
  /** Whether stderr may be coloured. */
  readonly hasColor: boolean;
}

/** https://no-color.org: any value but the empty one. */
function wantsColor(color: boolean, io: Pick<Io, 'environment' | 'isTty'>): boolean {
  return color && io.isTty.stderr && (io.environment['NO_COLOR'] ?? '') === '' && io.environment['TERM'] !== 'dumb';
}

/** `--state`, BUILDER_STATE, $XDG_STATE_HOME/builder, ~/.local/state/builder: the first that is set. */
function findStateFolder(option: string | undefined, io: Pick<Io, 'environment' | 'cwd'>): string {
  const { BUILDER_STATE, XDG_STATE_HOME, HOME } = io.environment;
  const named = option ?? (BUILDER_STATE === '' ? undefined : BUILDER_STATE);
  if (named !== undefined) return resolve(io.cwd, named);
  // The specification tells to ignore relative values.
  if (XDG_STATE_HOME !== undefined && isAbsolute(XDG_STATE_HOME)) return join(XDG_STATE_HOME, 'builder');
  if (HOME !== undefined && isAbsolute(HOME)) return join(HOME, '.local/state/builder');
  throw new BuilderError('bad-option', 'no folder for the state: neither HOME nor XDG_STATE_HOME is set', {
    fix: 'name one: --state DIR',
  });
}

/** Values of the options every verb takes. Throws `bad-option`. */
export function parseSharedOptions(
  args: Record<string, unknown>,
  io: Pick<Io, 'environment' | 'cwd' | 'isTty'>,
): SharedValues {
  const values = parseOptions(shared, args);
  return { ...values, stateFolder: findStateFolder(values.state, io), hasColor: wantsColor(values.color, io) };
}
