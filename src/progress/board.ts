/** What the live display shows: a line for each node and the counts, a pure model fed by events. */
import type { PlanCounts, RunEvent } from '../engine/events.ts';
import { formatClock } from './duration.ts';
import { type LineTone, NodeLine, type NodeState, type NodeView } from './node-line.ts';
import { safeOneLine } from './safe-text.ts';

export interface BoardLine {
  readonly text: string;
  readonly tone: LineTone;
}

/** Who is shown first where not all find room. Ready nodes then are only counted. */
const URGENCY: readonly NodeState[] = ['running', 'troubled', 'waiting'];
/** Up to here lines keep their width, so that the right end moves only for long texts. */
const USUAL_WIDTH = 80;

/** Times are the clock's monotonic milliseconds. */
export class Board {
  private readonly startedMs: number;
  private readonly cluster = new NodeLine('cluster');
  /** In the layout's order, as the run's start gives it. */
  private nodes: ReadonlyMap<string, NodeLine> = new Map();
  private total = 0;
  private done = 0;

  constructor(nowMs: number) {
    this.startedMs = nowMs;
  }

  apply(event: RunEvent, nowMs: number): void {
    if ('nodes' in event) this.count(event);
    if (event.type === 'node-replaced') this.lineOf(event.node).replace(event.generation);
    if (!('step' in event)) return;
    if (event.type === 'step-done') this.done += 1;
    this.lineOf(event.step.node).apply(event, nowMs);
  }

  /** At most `rows` lines of at most `columns` characters: nodes in the layout's order where all have room, then the counts. */
  draw(rows: number, columns: number, nowMs: number): readonly BoardLine[] {
    const cluster = this.cluster.view(nowMs);
    const isClusterBusy = cluster.state === 'running' || cluster.state === 'troubled';
    const views = [...(isClusterBusy ? [cluster] : []), ...[...this.nodes.values()].map((node) => node.view(nowMs))];
    const room = Math.max(0, rows - 1);
    const isCrowded = views.length > room;
    const urgent = isCrowded ? URGENCY.flatMap((state) => views.filter((view) => view.state === state)) : views;
    const shown = urgent.slice(0, room);
    const counts = [this.counts(), ...(isCrowded ? unseen(views, urgent.slice(room)) : [])].join(', ');
    const ticking = `  ${formatClock(nowMs - this.startedMs)}`;
    return [...fitViews(shown, columns), { text: fit(counts, ticking, columns), tone: 'faint' }];
  }

  private count({ total, done, nodes }: PlanCounts): void {
    this.total = total;
    this.done = done;
    let [ownTotal, ownDone] = [total, done];
    const ordered = new Map<string, NodeLine>();
    for (const node of nodes) {
      const line = this.nodes.get(node.node) ?? new NodeLine(safeOneLine(node.node));
      line.count(node.total, node.done);
      ordered.set(node.node, line);
      ownTotal -= node.total;
      ownDone -= node.done;
    }
    this.nodes = ordered;
    this.cluster.count(ownTotal, ownDone);
  }

  /** A server may be replaced before the run says which nodes there are. */
  private lineOf(node: string | null): NodeLine {
    if (node === null) return this.cluster;
    const line = this.nodes.get(node) ?? new NodeLine(safeOneLine(node));
    if (!this.nodes.has(node)) this.nodes = new Map([...this.nodes, [node, line]]);
    return line;
  }

  private counts(): string {
    const lines = [this.cluster, ...this.nodes.values()];
    const running = lines.reduce((sum, line) => sum + line.runningSteps, 0);
    const failed = lines.reduce((sum, line) => sum + line.failedSteps, 0);
    // A verb may work without a plan, and every run begins before its plan is known.
    if (this.total + running + failed === 0) return 'at work';
    const known = `${this.done} of ${this.total} steps done, ${running} running`;
    return failed > 0 ? `${known}, ${failed} failed` : known;
  }
}

/** What the counts say of nodes that found no room. */
function unseen(views: readonly NodeView[], hidden: readonly NodeView[]): readonly string[] {
  const waiting = hidden.filter(({ state }) => state === 'waiting').length;
  const ready = views.filter(({ state }) => state === 'ready').length;
  const parts: readonly [number, string][] = [
    [hidden.length - waiting, 'more not shown'],
    [waiting, 'more waiting'],
    [ready, 'ready'],
  ];
  return parts.flatMap(([count, words]) => (count > 0 ? [`${count} ${words}`] : []));
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}

/** Names, elapsed times and counts stand below one another. */
function fitViews(views: readonly NodeView[], columns: number): readonly BoardLine[] {
  const subjects = widest(views.map(({ subject }) => subject));
  const counts = widest(views.map((view) => view.counts));
  const lines = views.map((view) => ({
    start: `${view.mark} ${view.subject.padEnd(subjects)}  ${view.text}`,
    end: [view.elapsed, view.counts.padStart(counts)].map((part) => (part === '' ? '' : `  ${part}`)).join(''),
    tone: view.tone,
  }));
  const width = Math.min(columns, Math.max(USUAL_WIDTH, widest(lines.map(({ start, end }) => start + end))));
  return lines.map(({ start, end, tone }) => ({ text: fit(start.padEnd(width - end.length), end, width), tone }));
}

/** The end stays visible; what stands before it is cut. */
function fit(start: string, end: string, columns: number): string {
  const room = columns - end.length;
  if (start.length <= room) return start + end;
  return (room > 0 ? `${start.slice(0, room - 1)}…${end}` : end).slice(-columns);
}
