/** What recover found, and what it made of it, as a person reads it. */
import { safeOneLine } from './safe-text.ts';
import { renderTable } from './table.ts';

/** What is told before anything is written. */
export interface RecoveryFinding {
  readonly cluster: string;
  readonly id: string;
  readonly hasPlan: boolean;
  /** Why the state that stands there is moved aside; null where none does, or where it stays. */
  readonly damage: string | null;
  readonly objects: number;
  readonly nodes: readonly {
    readonly name: string;
    readonly generation: number;
    readonly server: string | null;
    readonly isAnswering: boolean;
    /** Steps of it that are known to be over. */
    readonly over: number;
    readonly total: number;
  }[];
}

interface Recovered {
  readonly cluster: string;
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly aside: string | null;
}

export function renderFinding({ cluster, id, hasPlan, damage, objects, nodes }: RecoveryFinding): string {
  const rows = nodes.map(({ name, generation, server, isAnswering, over, total }) => [
    name,
    server === null ? 'no server' : `${server}, generation ${generation}`,
    isAnswering ? 'answers' : 'does not answer',
    hasPlan ? `${over} of ${total}` : '',
  ]);
  const lines = [
    `cluster ${cluster} (${id}): ${objects} objects in the cloud carry its mark`,
    ...(damage === null ? [] : [`the state is moved aside: ${damage}`]),
    ...(hasPlan ? [] : ['no copy of its plan is here: it can be shown and destroyed, not built on']),
  ];
  return `${lines.map(safeOneLine).join('\n')}\n${renderTable(['node', 'server', 'ssh', 'steps that are over'], rows)}`;
}

export function renderRecovered({ cluster, phase, done, total, aside }: Recovered): string {
  const next = { ready: `./builder status ${cluster}`, destroying: `./builder destroy ${cluster}` }[phase];
  const lines = [
    ...(aside === null ? [] : [`what was there is kept as ${aside}`]),
    total === 0
      ? `${cluster}: recovered without its plan`
      : `${cluster}: recovered, ${done} of ${total} steps are done`,
    `next: ${next ?? `./builder create ${cluster}`}`,
  ];
  return `${lines.join('\n')}\n`;
}
