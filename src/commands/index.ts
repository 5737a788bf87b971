/** The list of verbs, in the order of the help: one line each, loaded when called. */
import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'create', load: async () => (await import('./create.ts')).create },
  { name: 'destroy', load: async () => (await import('./destroy.ts')).destroy },
  { name: 'status', load: async () => (await import('./status.ts')).status },
  { name: 'list', load: async () => (await import('./list.ts')).list },
  { name: 'logs', load: async () => (await import('./logs.ts')).logs },
  { name: 'ssh', load: async () => (await import('./ssh.ts')).ssh },
  { name: 'layouts', load: async () => (await import('./layouts.ts')).layouts },
  { name: 'verify', load: async () => (await import('./verify.ts')).verify },
  { name: 'resolve', load: async () => (await import('./resolve.ts')).resolve },
  { name: 'recover', load: async () => (await import('./recover.ts')).recover },
  { name: 'rehearsal', load: async () => (await import('./rehearsal.ts')).rehearsal },
];
