/** What one node does now, fed by the events about it: it runs, it is in trouble, it waits or it is ready. */
import type { RunEvent, StepSubject } from '../engine/events.ts';
import { formatClock } from './duration.ts';
import type { EventText } from './event-text.ts';
import { describeProgress } from './progress-text.ts';
import { safeOneLine } from './safe-text.ts';

type StepEvent = Extract<RunEvent, { step: StepSubject }>;

interface RunningStep {
  readonly title: string;
  readonly sinceMs: number;
  progress: string;
}

interface Trouble {
  readonly text: string;
  readonly tone: 'bad' | 'warning';
}

export type NodeState = 'running' | 'troubled' | 'waiting' | 'ready';
export type LineTone = EventText['tone'] | 'faint';

/** The parts of a node's line, not yet fitted to a width. */
export interface NodeView {
  readonly subject: string;
  readonly state: NodeState;
  readonly mark: string;
  readonly tone: LineTone;
  readonly text: string;
  readonly elapsed: string;
  readonly counts: string;
}

export class NodeLine {
  readonly subject: string;
  private total = 0;
  private done = 0;
  private server = '';
  private readonly running = new Map<string, RunningStep>();
  private readonly troubles = new Map<string, Trouble>();

  /** `cluster` for the steps of no node. */
  constructor(subject: string) {
    this.subject = subject;
  }

  get runningSteps(): number {
    return this.running.size;
  }

  get failedSteps(): number {
    return [...this.troubles.values()].filter(({ tone }) => tone === 'bad').length;
  }

  count(total: number, done: number): void {
    this.total = total;
    this.done = done;
  }

  /** What troubled the old server does not concern the new one. */
  replace(generation: number): void {
    this.server = `server ${generation}: `;
    this.troubles.clear();
  }

  apply(event: StepEvent, nowMs: number): void {
    const { key } = event.step;
    const title = this.shorten(safeOneLine(event.step.title));
    if (event.type === 'step-progress') {
      const step = this.running.get(key);
      if (step !== undefined) step.progress = describeProgress(event.text, event);
      return;
    }
    this.running.delete(key);
    this.troubles.delete(key);
    switch (event.type) {
      case 'step-told':
        return;
      case 'step-started':
        this.running.set(key, { title, sinceMs: nowMs, progress: '' });
        return;
      case 'step-done':
        this.done += 1;
        return;
      case 'step-retrying':
        this.trouble(key, `${title}: waits, then tries again`, event.error, 'warning');
        return;
      case 'step-failed':
        this.trouble(key, title, event.error, 'bad');
        return;
      case 'step-in-doubt':
        this.trouble(key, `${title}: in doubt`, event.error, 'warning');
    }
  }

  view(nowMs: number): NodeView {
    const { subject } = this;
    const counts = this.total === 0 ? '' : `${this.done}/${this.total}`;
    const view = (state: NodeState, mark: string, tone: LineTone, text: string, elapsed = ''): NodeView => {
      return { subject, state, mark, tone, text: this.server + text, elapsed, counts };
    };
    const step = [...this.running.values()].at(-1);
    if (step !== undefined) {
      const what = step.progress === '' ? step.title : `${step.title}: ${step.progress}`;
      return view('running', '>', 'plain', what, formatClock(nowMs - step.sinceMs));
    }
    const troubles = [...this.troubles.values()];
    // A failure stays; what is in doubt or tried again may still end well.
    const trouble = troubles.find(({ tone }) => tone === 'bad') ?? troubles.at(-1);
    if (trouble !== undefined) return view('troubled', trouble.tone === 'bad' ? 'x' : '?', trouble.tone, trouble.text);
    if (this.total > 0 && this.done >= this.total) return view('ready', '✓', 'good', 'ready');
    return view('waiting', '·', 'faint', 'waits');
  }

  private trouble(key: string, text: string, error: { readonly message: string }, tone: Trouble['tone']): void {
    this.troubles.set(key, { text: `${text}: ${safeOneLine(error.message)}`, tone });
  }

  /** The node stands in front of its title anyway. */
  private shorten(title: string): string {
    const place = ` on ${this.subject}`;
    return title.endsWith(place) ? title.slice(0, -place.length) : title;
  }
}
