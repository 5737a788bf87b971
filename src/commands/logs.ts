/** `logs`: a step's whole log, safe to show in a terminal. */
import { z } from 'zod';
import type { StepLogFile } from '../cluster/logs.ts';
import { BuilderError } from '../errors.ts';
import type { ClusterRecord, StateReader } from '../journal/state.ts';
import type { Command, Io } from './command.ts';
import { parseOptions } from './parse-options.ts';
import { addSharedOptions, parseSharedOptions } from './shared-options.ts';

const options = z.object({
  target: z.array(z.coerce.string()).default([]),
  follow: z.boolean().default(false),
  raw: z.boolean().default(false),
  attempt: z.number().int().positive().optional(),
});

type Shown = { readonly reader: StateReader; readonly cluster: ClusterRecord; readonly io: Io };

async function show(
  { reader, cluster, io }: Shown,
  log: StepLogFile,
  mode: { readonly isFollowed: boolean; readonly isRaw: boolean },
): Promise<void> {
  const [{ followFile }, { openSafeStream }, { isLogComplete }] = await Promise.all([
    import('../host/follow-file.ts'),
    import('../progress/safe-text.ts'),
    import('../cluster/logs.ts'),
  ]);
  const decoder = new TextDecoder();
  const raw = {
    push: (chunk: Uint8Array) => io.stdout(decoder.decode(chunk, { stream: true })),
    end: () => io.stdout(decoder.decode()),
  };
  const out = mode.isRaw ? raw : openSafeStream(io.stdout);
  const isComplete = (): boolean => !mode.isFollowed || isLogComplete(reader, cluster, log);
  for await (const chunk of followFile(log.path, { isComplete, clock: io.clock, signal: io.signal })) out.push(chunk);
  out.end();
}

/** Several logs are told apart on stderr, so that stdout stays the logs' own text. */
function announce(io: Io, { stepKey, generation, attempt }: StepLogFile): void {
  io.stderr(`==> ${stepKey}, server ${generation}, attempt ${attempt} <==\n`);
}

export const logs: Command = {
  name: 'logs',
  usage: 'logs [target..]',
  summary: 'log of a step: logs [CLUSTER] NODE [STEP]',
  options: (y) =>
    addSharedOptions(y)
      .positional('target', {
        type: 'string',
        array: true,
        describe: '[CLUSTER] NODE [STEP]; without STEP all steps of the node',
      })
      .option('follow', { type: 'boolean', default: false, describe: 'go on until the step ends' })
      .option('attempt', { type: 'number', requiresArg: true, describe: 'only this attempt' })
      .option('raw', {
        type: 'boolean',
        default: false,
        describe: 'bytes as kept, escape sequences and all; not to a terminal',
      }),
  async run(args, io) {
    const { stateFolder } = parseSharedOptions(args, io);
    const { target, follow, raw, attempt } = parseOptions(options, args);
    if (raw && io.isTty.stdout) {
      throw new BuilderError('bad-option', '--raw to a terminal: a log could take it over', {
        fix: 'leave --raw away, or send stdout to a file',
      });
    }
    const [{ readState }, { requireNode, splitTarget }, { findLogs }] = await Promise.all([
      import('../journal/open.ts'),
      import('../cluster/find-cluster.ts'),
      import('../cluster/logs.ts'),
    ]);
    const reader = await readState(stateFolder);
    try {
      const { cluster, rest } = splitTarget(reader, target);
      const [node, step, ...surplus] = rest;
      if (surplus.length > 0) {
        throw new BuilderError('bad-option', `too many words: ${surplus.join(' ').slice(0, 80)}`, {
          fix: './builder logs [CLUSTER] NODE [STEP]',
        });
      }
      const found = findLogs(reader, cluster, { node: requireNode(cluster, node), step, attempt }, stateFolder);
      // Followed is what was begun last; earlier logs of the choice are complete.
      for (const log of found) {
        if (found.length > 1) announce(io, log);
        await show({ reader, cluster, io }, log, { isFollowed: follow && log === found.at(-1), isRaw: raw });
      }
    } finally {
      reader.close();
    }
    return 0;
  },
};
