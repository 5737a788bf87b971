/** The meta-sections of a node's local.conf: what several speakers want in its services' files, each option once. */
import { META_PHASES, type MetaPhase, missingFor } from './meta-files.ts';

/** Section → option → value. */
type FileOptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Phase → file → section → option → value. */
export type MetaConfig = { readonly [phase in MetaPhase]?: Readonly<Record<string, FileOptions>> | undefined };

type Merged = Map<string, Map<string, Map<string, string>>>;

function place<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** The later speaker has the last word; an option keeps the place where it was first named. */
function mergePhase(speakers: readonly MetaConfig[], phase: MetaPhase): Merged {
  const files: Merged = new Map();
  for (const speaker of speakers) {
    for (const [file, sections] of Object.entries(speaker[phase] ?? {})) {
      for (const [section, options] of Object.entries(sections)) {
        for (const [option, value] of Object.entries(options)) {
          const merged = place(files, file, () => new Map<string, Map<string, string>>());
          place(merged, section, () => new Map<string, string>()).set(option, value);
        }
      }
    }
  }
  return files;
}

/**
 * DevStack reads a line with `read`, which takes one backslash off, and evaluates it in double quotes, which takes another: what
 * means something there is escaped for both.
 */
function escapeForMerge(value: string): string {
  return value.replaceAll(/[\\"$`]/g, (char) => (char === '\\' ? '\\'.repeat(4) : `\\\\${char}`));
}

/** The lines of all sections whose file is on a node with these services; the speakers in turn, the last one's word counts. */
export function renderMetaSections(speakers: readonly MetaConfig[], services: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const phase of META_PHASES) {
    for (const [file, sections] of mergePhase(speakers, phase)) {
      if (missingFor(file, services) !== null) continue;
      lines.push('', `[[${phase}|${file}]]`);
      for (const [section, options] of sections) {
        lines.push(`[${section}]`);
        for (const [option, value] of options) lines.push(`${option} = ${escapeForMerge(value)}`.trimEnd());
      }
    }
  }
  return lines;
}
