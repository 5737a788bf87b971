/** The list of parts: one line each. `share` is of the time that is given, `slices` how many processes its work is cut into. */
import type { Part } from './part.ts';

export interface PartEntry {
  readonly name: string;
  readonly share: number;
  readonly slices: number;
  load(): Promise<Part>;
}

export const PARTS: readonly PartEntry[] = [
  { name: 'boundaries', share: 0.35, slices: 2, load: async () => (await import('./boundaries.ts')).runBoundaries },
  { name: 'destroys', share: 0.05, slices: 2, load: async () => (await import('./destroys.ts')).runDestroys },
  { name: 'outside', share: 0.4, slices: 2, load: async () => (await import('./outside.ts')).runOutside },
  { name: 'wire', share: 0.1, slices: 3, load: async () => (await import('./wire.ts')).runWire },
  { name: 'agent', share: 0.06, slices: 2, load: async () => (await import('./agent.ts')).runAgent },
  { name: 'power-cuts', share: 0.1, slices: 2, load: async () => (await import('./power-cuts.ts')).runCuts },
  { name: 'seeds', share: 0.3, slices: 2, load: async () => (await import('./seeds.ts')).runSeeds },
  { name: 'api-faults', share: 0.2, slices: 2, load: async () => (await import('./api-faults.ts')).runApiFaults },
  { name: 'mutants', share: 0.2, slices: 2, load: async () => (await import('./mutants.ts')).runMutants },
];
