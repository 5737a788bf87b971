/** What the live display shows: a pure model fed by events, drawn as lines. */
import type { RunEvent } from '../engine/events.ts';
import { formatClock } from './duration.ts';
import { subjectOf } from './event-text.ts';
import { safeOneLine } from './safe-text.ts';

type Tone = 'plain' | 'good' | 'bad' | 'warning' | 'faint';

interface RunningStep {
  readonly node: string;
  readonly title: string;
  readonly sinceMs: number;
  progress: string;
}

export interface BoardLine {
  readonly text: string;
  readonly tone: Tone;
}

/** Times are the clock's monotonic milliseconds. */
export class Board {
  private readonly startedMs: number;
  private readonly running = new Map<string, RunningStep>();
  private readonly troubled = new Map<string, { readonly node: string; readonly text: string; readonly tone: Tone }>();
  private total = 0;
  private done = 0;

  constructor(nowMs: number) {
    this.startedMs = nowMs;
  }

  apply(event: RunEvent, nowMs: number): void {
    if (event.type === 'run-started') {
      this.total = event.total;
      this.done = event.done;
    }
    if (!('step' in event)) return;
    const { key } = event.step;
    const node = subjectOf(event.step);
    const title = safeOneLine(event.step.title);
    switch (event.type) {
      case 'step-started':
        this.troubled.delete(key);
        this.running.set(key, { node, title, sinceMs: nowMs, progress: '' });
        return;
      case 'step-progress': {
        const step = this.running.get(key);
        if (step !== undefined) step.progress = safeOneLine(event.text);
        return;
      }
      case 'step-done':
        this.running.delete(key);
        this.troubled.delete(key);
        this.done += 1;
        return;
      case 'step-retrying':
        this.troubled.set(key, { node, text: `${title}: waits, then tries again`, tone: 'warning' });
        break;
      case 'step-failed':
        this.troubled.set(key, { node, text: `${title}: ${safeOneLine(event.error.message)}`, tone: 'bad' });
        break;
      case 'step-in-doubt':
        this.troubled.set(key, { node, text: `${title}: in doubt`, tone: 'warning' });
        break;
    }
    this.running.delete(key);
  }

  /** At most `rows` lines of at most `columns` characters: running steps first, then troubled ones, then the counts. */
  draw(rows: number, columns: number, nowMs: number): readonly BoardLine[] {
    const steps = [...this.running.values()];
    const troubles = [...this.troubled.values()];
    const width = Math.max(0, ...[...steps, ...troubles].map(({ node }) => node.length));
    const lines: BoardLine[] = [
      ...steps.map((step) => {
        const what = step.progress === '' ? step.title : `${step.title}: ${step.progress}`;
        return this.line(`> ${step.node.padEnd(width)}  `, what, formatClock(nowMs - step.sinceMs), 'plain', columns);
      }),
      ...troubles.map(({ node, text, tone }) =>
        this.line(`${tone === 'bad' ? 'x' : '?'} ${node.padEnd(width)}  `, text, '', tone, columns),
      ),
    ];
    const room = Math.max(0, rows - 1);
    const shown = lines.slice(0, room);
    const hidden = lines.length - shown.length;
    return [...shown, this.line('', this.counts(hidden), formatClock(nowMs - this.startedMs), 'faint', columns)];
  }

  private counts(hidden: number): string {
    const failed = [...this.troubled.values()].filter(({ tone }) => tone === 'bad').length;
    const parts = [`${this.done} of ${Math.max(this.total, this.done)} steps done`, `${this.running.size} running`];
    if (failed > 0) parts.push(`${failed} failed`);
    if (hidden > 0) parts.push(`${hidden} more not shown`);
    return parts.join(', ');
  }

  /** The end (elapsed time) stays visible; what stands before it is cut. */
  private line(start: string, middle: string, end: string, tone: Tone, columns: number): BoardLine {
    const tail = end === '' ? '' : `  ${end}`;
    const room = Math.max(0, columns - tail.length);
    const text = start + middle;
    return {
      text: ((text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text) + tail).slice(0, columns),
      tone,
    };
  }
}
