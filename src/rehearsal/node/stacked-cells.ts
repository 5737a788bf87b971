/** Cells and conductors of a rehearsed cloud, from what stack.sh read of its nodes' local.conf files. */
import type { Localrc } from './shell-text.ts';

export interface MappedCell {
  readonly name: string;
  readonly queue: string | undefined;
  readonly database: string | undefined;
}

/** Cells besides cell0 that DevStack itself makes on a node. */
export function cellsOn({ assignments }: Localrc): readonly string[] {
  return Array.from({ length: Number(assignments['NOVA_NUM_CELLS'] ?? 1) }, (_, index) => `cell${index + 1}`);
}

function queueOf(assignments: Localrc['assignments']): string | undefined {
  return assignments['RABBIT_HOST'] ?? assignments['SERVICE_HOST'];
}

/** Cells besides cell0 on a controller: its own, and those of which the builder's plugin tells nova, where that is installed. */
export function mappedCells(localrc: Localrc, hasPlugin: boolean): readonly MappedCell[] {
  const { assignments } = localrc;
  const told = hasPlugin ? (assignments['BUILDER_REMOTE_CELLS'] ?? '') : '';
  return [
    ...cellsOn(localrc).map((name) => ({ name, queue: queueOf(assignments), database: assignments['MYSQL_HOST'] })),
    ...told
      .split(' ')
      .filter((place) => place !== '')
      .map((place) => {
        const [cell = '', host = ''] = place.split('=');
        return { name: `cell${cell}`, queue: host, database: host };
      }),
  ];
}

/** A hypervisor is found in the cell whose queue it listens to; empty where there is none such. */
export function cellOf(assignments: Localrc['assignments'], mapped: readonly MappedCell[]): string {
  const name = `cell${assignments['NOVA_CPU_CELL'] ?? 1}`;
  return mapped.some((cell) => cell.name === name && cell.queue === queueOf(assignments)) ? name : '';
}

/** DevStack starts the conductor above all cells and one of each cell it knows, but for those that are disabled. */
export function conductorsOn(localrc: Localrc): readonly string[] {
  if (!localrc.services.includes('n-cond')) return [];
  const all = ['n-super-cond', ...cellsOn(localrc).map((cell) => `n-cond-${cell}`)];
  return all.filter((unit) => !localrc.disabled.has(unit));
}
