/** The renderer contract, and the choice of one. */
import type { RunEvent } from '../engine/events.ts';
import type { Clock } from '../host/clock.ts';

export type ProgressMode = 'auto' | 'plain' | 'json' | 'none';

/** The stream that people read; read anew for each frame, so getters may follow a window that changes its size. */
export interface StreamFacts {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

export interface Renderer {
  emit(event: RunEvent): void;
  /** Shows the last state and leaves the terminal as it was; nothing is written afterwards. */
  close(): void;
}

export type Write = (text: string) => void;

const GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** A closed terminal or pipe ends the display, never the work. */
function untilGone(write: Write): Write {
  let isGone = false;
  return (text) => {
    if (isGone) return;
    try {
      write(text);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && GONE.has(String(error.code)))) throw error;
      isGone = true;
    }
  };
}

/** `auto` is live on a terminal and plain elsewhere. Renderers are loaded when chosen: listr2 only for a terminal. */
export async function openRenderer(
  mode: ProgressMode,
  facts: StreamFacts,
  write: Write,
  clock: Clock,
): Promise<Renderer> {
  const safeWrite = untilGone(write);
  const chosen = mode === 'auto' ? (facts.isTTY ? 'terminal' : 'plain') : mode;
  switch (chosen) {
    case 'terminal':
      return (await import('./terminal.ts')).openTerminalRenderer(facts, safeWrite, clock);
    case 'plain':
      return (await import('./plain.ts')).openPlainRenderer(facts, safeWrite, clock);
    case 'json':
      return (await import('./json.ts')).openJsonRenderer(safeWrite, clock);
    case 'none':
      return (await import('./none.ts')).openSilentRenderer();
  }
}
