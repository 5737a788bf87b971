/** Decides what goes wrong now: pure, from the fault script, the seed and how often each rule was asked before. */
import { spread } from './chance.ts';
import type { FaultRule, FaultScript } from './faults.ts';
import { fitsPattern } from './operations.ts';
import type { FaultCountRow } from './world.ts';

/** Why an API request is not answered as it should be. */
export type Refusal =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** It was done all the same. */
      readonly isDone: boolean;
      /** null: the service's own words. */
      readonly message: string | null;
      readonly retryAfter: string | null;
    }
  | { readonly kind: 'token-expired' }
  | { readonly kind: 'over-quota' };

/** How a remote job ends, or where its server does. */
export type JobEnding =
  | { readonly kind: 'exit'; readonly code: number; readonly prints: string | null }
  /** stack.sh stops at a milestone, with these last words. */
  | { readonly kind: 'stop'; readonly milestone: string; readonly prints: string | null }
  | { readonly kind: 'reboot'; readonly milestone: string }
  | { readonly kind: 'disk-full' };

/** What goes wrong at once; what is not here goes well. */
export interface Fault {
  readonly refusal?: Refusal;
  readonly reply?: 'lost' | 'truncated' | 'html' | 'empty' | 'wrong-type';
  readonly delayMs?: number;
  /** Given up now by who stands in between, and carried out after so long. */
  readonly lateMs?: number;
  /** Delivered twice, and the second answer is what arrives. */
  readonly twice?: true;
  readonly lagMs?: number;
  /** Patterns of the names that a list leaves out (`isNamed`). */
  readonly omit?: readonly string[];
  /** The fault of a server that ends in ERROR. */
  readonly error?: string;
  /** How long a delete takes; null for ever. */
  readonly stuckMs?: number | null;
  /** How long a deleted server's ports stay in use when it is gone. */
  readonly unplugMs?: number;
  readonly ssh?: 'refused' | 'silent' | 'wrong-host-key' | 'denied';
  readonly session?: 'cut-before' | 'cut-after';
  readonly ending?: JobEnding;
}

export interface ChosenFault {
  readonly fault: Fault | null;
  /** To be recorded, whether or not something goes wrong. */
  readonly counts: readonly { readonly key: string; readonly row: FaultCountRow }[];
}

/** A server that replaces another has its name with the next generation: rules are about both. */
function withoutGeneration(name: string): string {
  return name.replace(/-g\d+$/, '');
}

/** Whether a pattern names a resource: by its whole name, or by the node's in it, like compute-1 in dsb-demo-compute-1-g1. */
export function isNamed(pattern: string, name: string): boolean {
  return [name, withoutGeneration(name)].some(
    (candidate) => fitsPattern(pattern, candidate) || fitsPattern(`*-${pattern}`, candidate),
  );
}

function isExhausted(rule: FaultRule, acted: number): boolean {
  return rule.times !== 'always' && acted >= rule.times;
}

function mergeFaults(first: Fault, second: Fault): Fault {
  const omit = [...(first.omit ?? []), ...(second.omit ?? [])];
  return { ...second, ...first, ...(omit.length > 0 && { omit }) };
}

/**
 * All rules that act are merged, the first winning each field. Occurrences are counted by rule, operation and resource, so
 * that a seed and a script mean the same in whatever order different resources are asked for.
 *
 * @param subject name of the resource or node; empty for lists and other operations that are about none.
 */
export function chooseFaults(
  script: FaultScript,
  seed: number,
  operation: string,
  subject: string,
  known: ReadonlyMap<string, FaultCountRow>,
): ChosenFault {
  const counts: { key: string; row: FaultCountRow }[] = [];
  let chosen: Fault | null = null;
  const resource = withoutGeneration(subject);
  for (const [index, rule] of script.rules.entries()) {
    const fault = rule.faults.get(operation);
    // What a list leaves out is named by the rule, not by the request.
    if (fault === undefined || (fault.omit === undefined && !isNamed(rule.of, subject))) continue;
    const key = `${index + 1}/${operation}/${resource}`;
    const row = known.get(key);
    const before = row?.rule === rule.digest ? row : { asked: 0, acted: 0 };
    if (isExhausted(rule, before.acted)) continue;
    const asked = before.asked + 1;
    const acts = asked >= rule.from && spread(seed, index, operation, resource, asked) < rule.chance;
    counts.push({ key, row: { rule: rule.digest, asked, acted: before.acted + (acts ? 1 : 0) } });
    if (acts) chosen = chosen === null ? fault : mergeFaults(chosen, fault);
  }
  return { fault: chosen, counts };
}
