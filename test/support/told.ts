/** What the lives of a builder have told on `--progress json`, put together: how far the work is, whoever did it. */
import type { Readable } from 'node:stream';

/** Of the events what says how far the work is. */
interface Event {
  readonly type: string;
  readonly step?: { readonly key: string };
  readonly text?: string;
  readonly total?: number;
  readonly done?: number;
  readonly nodes?: readonly unknown[];
}

/** Steps that come when every node is prepared: a stack.sh for each, and the hypervisors' discovery. */
const STEPS_OF_CLUSTER = 1;

export class Told {
  /** Keys of the steps that some life has begun. */
  readonly begun = new Set<string>();
  /** Objects that some life has asked to go. */
  readonly removed = new Set<string>();
  /** What the present life said last, for people; null where it has said nothing yet. */
  last: string | null = null;
  /** The present life has opened the state, looked at the cloud, and gone to work. */
  isRunning = false;
  private done = 0;
  private preparing: number | null = null;

  /** How much of what comes before the stack.shs is done, 0 to 1; 0 while nobody knows. */
  get prepared(): number {
    return this.preparing === null ? 0 : Math.min(1, this.done / this.preparing);
  }

  /** Hears a new life; `onHeard` is called after each line. */
  listen(stream: Readable, onHeard: () => void): void {
    this.last = null;
    this.isRunning = false;
    let rest = '';
    stream.on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        this.hear(line);
        onHeard();
      }
    });
  }

  private hear(line: string): void {
    // What is no event is an error's text, or a word of Node.
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as Event;
    this.last = [event.type, event.step?.key, event.text].filter((part) => part !== undefined).join(' ');
    if (event.type === 'run-started') this.isRunning = true;
    if (event.total !== undefined && event.nodes !== undefined && event.done !== undefined) {
      this.preparing = event.total - event.nodes.length - STEPS_OF_CLUSTER;
      this.done = event.done;
    }
    if (event.step !== undefined) this.begun.add(event.step.key);
    if (event.type === 'step-done') this.done += 1;
    const removed = /^removing \S+ (\S+)/.exec(event.text ?? '')?.[1];
    if (removed !== undefined) this.removed.add(removed);
  }
}
