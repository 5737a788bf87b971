/** The live renderer: a few lines at the bottom of a terminal, hosted by listr2 with a renderer class of our own. */
import { Listr, type ListrRenderer } from 'listr2';
import type { RunEvent } from '../engine/events.ts';
import type { Clock } from '../host/clock.ts';
import { Board } from './board.ts';
import { describeEvent } from './event-text.ts';
import { paint } from './paint.ts';
import type { Renderer, StreamFacts, Write } from './renderer.ts';

/** At most four frames a second: listr2's own renderer took a whole core for 40 rows. */
const FRAME_MS = 250;
/** These stay in the scroll-back; everything else only changes the live lines. */
const LASTING = new Set<RunEvent['type']>([
  'run-started',
  'step-retrying',
  'step-failed',
  'step-in-doubt',
  'step-told',
  'node-replaced',
  'run-stopping',
  'run-ended',
  'verified',
  'notice',
]);

/**
 * Draws over its own lines only, and never hides the cursor: a killed builder leaves a usable terminal. Line wrapping would
 * break the count of lines to go up, so lines are one column shorter than the terminal.
 */
class LiveArea {
  private readonly facts: StreamFacts;
  private readonly write: Write;
  private readonly clock: Clock;
  private readonly board: Board;
  private height = 0;
  private lastFrame = '';
  private hasBegun = false;
  private isClosed = false;

  constructor(facts: StreamFacts, write: Write, clock: Clock) {
    this.facts = facts;
    this.write = write;
    this.clock = clock;
    this.board = new Board(clock.monotonicMs());
  }

  apply(event: RunEvent): void {
    if (this.isClosed) return;
    this.hasBegun = true;
    this.board.apply(event, this.clock.monotonicMs());
    if (!LASTING.has(event.type)) return;
    const { subject, text, tone } = describeEvent(event);
    this.write(`${this.eraser()}${subject}  ${paint(text, tone, this.facts.color)}\n`);
    this.height = 0;
    this.draw();
  }

  draw(): void {
    if (this.isClosed || !this.hasBegun) return;
    const rows = Math.max(1, this.facts.rows - 3);
    const lines = this.board.draw(rows, Math.max(10, this.facts.columns - 1), this.clock.monotonicMs());
    const frame = lines.map(({ text, tone }) => `${paint(text, tone, this.facts.color)}\n`).join('');
    if (this.height > 0 && frame === this.lastFrame) return;
    this.write(this.eraser() + frame);
    this.height = lines.length;
    this.lastFrame = frame;
  }

  /** Takes the live lines away; the lasting ones remain. */
  close(): void {
    if (!this.isClosed && this.height > 0) this.write(this.eraser());
    this.isClosed = true;
  }

  /** Goes up to the first live line and clears from there. */
  private eraser(): string {
    return this.height > 0 ? `\u001b[${this.height}A\r\u001b[0J` : '';
  }
}

async function drawUntilClosed(area: LiveArea, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(FRAME_MS, signal);
      area.draw();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The class listr2 starts and ends; the frames come from events, not from listr2's tasks. */
function rendererClass(area: LiveArea, clock: Clock): typeof ListrRenderer {
  return class LiveRenderer {
    static nonTTY = true;
    static rendererOptions = {};
    static rendererTaskOptions = {};
    private readonly stop = new AbortController();

    render = (): void => {
      area.draw();
      void drawUntilClosed(area, clock, this.stop.signal);
    };

    end = (): void => this.stop.abort(new Error('display closed'));
  };
}

/** Shows what every node does, and the counts, until closed; the lasting lines remain. */
export function openTerminalRenderer(facts: StreamFacts, write: Write, clock: Clock): Renderer {
  const area = new LiveArea(facts, write, clock);
  const over = Promise.withResolvers<void>();
  const host = new Listr([{ title: 'run', task: () => over.promise }], {
    renderer: rendererClass(area, clock),
    // Ctrl-C is the builder's: listr2 would exit with 127.
    registerSignalListeners: false,
  });
  void host.run();
  return {
    emit: (event) => area.apply(event),
    close() {
      area.close();
      over.resolve();
    },
  };
}
