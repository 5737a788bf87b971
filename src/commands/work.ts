/** What the verbs that work share: the real parts, the renderer, and how an interrupted run is told. */
import type { Parts } from '../cluster/parts.ts';
import type { EmitEvent } from '../engine/events.ts';
import { listOwnAddresses } from '../host/environment.ts';
import { readFileLimit } from '../host/file-limit.ts';
import { makeKeyPair } from '../host/key-pair.ts';
import { createRedactor } from '../host/redact.ts';
import { openRenderer, type Renderer } from '../progress/renderer.ts';
import type { Io } from './command.ts';
import { connectCloud } from './connect-cloud.ts';
import type { SharedValues } from './shared-options.ts';

export interface Work {
  readonly parts: Parts;
  readonly renderer: Renderer;
}

/** The URL as others may see it. */
function withoutPassword(proxy: string): string {
  const url = new URL(proxy);
  url.password = '';
  return url.href;
}

/** Opens the renderer and joins the parts; nothing of the cloud or the state is touched yet. */
export async function openWork(
  values: SharedValues,
  io: Io,
  argv: readonly string[],
  sshProxy: string | null = null,
): Promise<Work> {
  const [{ openRemote }, { publicKeyOf }] = await Promise.all([
    import('../remote/ssh-remote.ts'),
    import('../remote/public-key.ts'),
  ]);
  const renderer = await openRenderer(
    values.progress,
    {
      isTTY: io.isTty.stderr,
      get columns() {
        return io.columns;
      },
      get rows() {
        return io.rows;
      },
      color: values.hasColor,
    },
    io.stderr,
    io.clock,
  );
  const redactor = createRedactor(new Map());
  const emit: EmitEvent = (event) => renderer.emit(event);
  const notice = (level: 'info' | 'warning', text: string): void => emit({ type: 'notice', level, text });
  const parts: Parts = {
    state: values.stateFolder,
    // An option may hold a password that somebody typed where none belongs; the record does not.
    argv: argv.map((word) => redactor.text(word)),
    clock: io.clock,
    random: io.random,
    signal: io.signal,
    emit,
    connect: (remembered) => connectCloud(values, io, notice, remembered),
    openRemote: (proxy, connections) =>
      openRemote({ clock: io.clock, random: io.random, proxy: sshProxy ?? proxy, connections }),
    sshProxy: sshProxy === null ? null : withoutPassword(sshProxy),
    keys: { make: makeKeyPair, publicOf: publicKeyOf },
    fileLimit: readFileLimit(),
    ownAddresses: listOwnAddresses(),
  };
  return { parts, renderer };
}
