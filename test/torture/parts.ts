/** The list of parts: one line each. `share` is of the time that is given, `slices` how many processes its work is cut into. */
import type { Part } from './part.ts';

export interface PartEntry {
  readonly name: string;
  readonly share: number;
  readonly slices: number;
  load(): Promise<Part>;
}

/** What has an end comes first: the time it leaves over is for those who could go on for ever. */
export const PARTS: readonly PartEntry[] = [
  { name: 'mutants', share: 0.08, slices: 2, load: async () => (await import('./mutants.ts')).runMutants },
  { name: 'power-cuts', share: 0.03, slices: 2, load: async () => (await import('./power-cuts.ts')).runCuts },
  { name: 'agent', share: 0.04, slices: 2, load: async () => (await import('./agent.ts')).runAgent },
  { name: 'wire', share: 0.04, slices: 3, load: async () => (await import('./wire.ts')).runWire },
  { name: 'api-faults', share: 0.15, slices: 2, load: async () => (await import('./api-faults.ts')).runApiFaults },
  { name: 'boundaries', share: 0.17, slices: 2, load: async () => (await import('./boundaries.ts')).runBoundaries },
  { name: 'destroys', share: 0.02, slices: 2, load: async () => (await import('./destroys.ts')).runDestroys },
  { name: 'seeds', share: 0.105, slices: 2, load: async () => (await import('./seeds.ts')).runSeeds },
  { name: 'outside', share: 0.375, slices: 2, load: async () => (await import('./outside.ts')).runOutside },
];
