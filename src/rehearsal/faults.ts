/** Fault scripts → what goes wrong in a rehearsal, or all problems of the script at once, each with its line. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { readDocument } from '../document/read.ts';
import type { Quotas } from './api/route.ts';
import type { Fault, JobEnding, Refusal } from './fault-plan.ts';
import { checkFaults } from './fault-rules.ts';
import { faultScriptSchema, type RawFaultRule, type RawFaultScript } from './fault-schema.ts';
import { FAULT_FITS, type FaultKey, fitsPattern, OPERATIONS } from './operations.ts';

export interface FaultRule {
  /** Changes with what the rule says, so that an edited rule is counted anew. */
  readonly digest: string;
  /** Pattern of the resource's name. */
  readonly of: string;
  readonly from: number;
  readonly times: number | 'always';
  readonly chance: number;
  /** By operation: of what the rule says, what fits that one. */
  readonly faults: ReadonlyMap<string, Fault>;
}

export interface FaultScript {
  readonly quotas: Partial<Quotas>;
  readonly rules: readonly FaultRule[];
}

function refusalOf({ status, effect, message, retry_after: retryAfter, token, quota }: RawFaultRule): Refusal | null {
  if (status !== undefined)
    return {
      kind: 'status',
      status,
      isDone: effect === true,
      message: message ?? null,
      retryAfter: retryAfter ?? null,
    };
  if (token !== undefined) return { kind: 'token-expired' };
  return quota === undefined ? null : { kind: 'over-quota' };
}

function endingOf({ exit, prints, fails_at: failsAt, reboots_at: rebootsAt, disk }: RawFaultRule): JobEnding | null {
  if (exit !== undefined) return { kind: 'exit', code: exit, prints: prints ?? null };
  if (failsAt !== undefined) return { kind: 'stop', milestone: failsAt, prints: prints ?? null };
  if (rebootsAt !== undefined) return { kind: 'reboot', milestone: rebootsAt };
  return disk === undefined ? null : { kind: 'disk-full' };
}

function faultOf(rule: RawFaultRule): Fault {
  const { reply, delay, late, twice, lag, omit, error, stuck, unplug, ssh, session } = rule;
  const refusal = refusalOf(rule);
  const ending = endingOf(rule);
  return {
    ...(refusal !== null && { refusal }),
    ...(reply !== undefined && { reply }),
    ...(delay !== undefined && { delayMs: delay * 1000 }),
    ...(late !== undefined && { lateMs: late * 1000 }),
    ...(twice !== undefined && { twice }),
    ...(lag !== undefined && { lagMs: lag * 1000 }),
    ...(omit !== undefined && { omit: [rule.of] }),
    ...(error !== undefined && { error }),
    ...(unplug !== undefined && { unplugMs: unplug * 1000 }),
    ...(stuck !== undefined && { stuckMs: stuck === 'always' ? null : stuck * 1000 }),
    ...(ssh !== undefined && { ssh }),
    ...(session !== undefined && { session }),
    ...(ending !== null && { ending }),
  };
}

/** What of a rule fits an operation: `on: '*'` with `error` and `status` says both of create-server, the rest is refused only. */
function faultFor(operation: string, rule: RawFaultRule): Fault {
  const misfits = (Object.keys(FAULT_FITS) as FaultKey[]).filter((key) => {
    const fits: readonly string[] = FAULT_FITS[key];
    return !fits.includes(operation);
  });
  const fitting = Object.entries(rule).filter(([key]) => !misfits.some((misfit) => misfit === key));
  return faultOf(Object.fromEntries(fitting) as RawFaultRule);
}

function ruleOf(rule: RawFaultRule): FaultRule {
  const words = typeof rule.on === 'string' ? [rule.on] : rule.on;
  const operations = OPERATIONS.filter((operation) => words.some((word) => fitsPattern(word, operation)));
  const faults = operations.map((operation) => [operation, faultFor(operation, rule)] as const);
  const { of, from, times, chance } = rule;
  return {
    digest: createHash('sha256').update(JSON.stringify(rule)).digest('hex').slice(0, 16),
    of,
    from,
    times,
    chance,
    faults: new Map(faults.filter(([, fault]) => Object.keys(fault).length > 0)),
  };
}

function quotasOf({ quotas }: RawFaultScript): Partial<Quotas> {
  const { key_pairs, security_groups, security_group_rules, floatingips, ...rest } = quotas;
  const all = {
    ...rest,
    keyPairs: key_pairs,
    securityGroups: security_groups,
    securityGroupRules: security_group_rules,
    floatingIps: floatingips,
  };
  return Object.fromEntries(Object.entries(all).filter(([, limit]) => limit !== undefined));
}

function scriptOf(raw: RawFaultScript): FaultScript {
  return { quotas: quotasOf(raw), rules: raw.faults.map(ruleOf) };
}

/** A fault script that is written in code, which keeps the rules of `readFaults` unasked. */
export function faultScriptOf(said: z.input<typeof faultScriptSchema>): FaultScript {
  return scriptOf(faultScriptSchema.parse(said));
}

/** Reads a fault script (README.rst, "Rehearsing failures", has the grammar). @throws as `readDocument`. */
export function readFaults(text: string, file: string): FaultScript {
  return scriptOf(
    readDocument({ text, file, noun: 'the fault script', schema: faultScriptSchema, check: checkFaults }),
  );
}
