/** What may stand in a fault script: keys, kinds of values and bounds. */
import { z } from 'zod';
import { rule } from '../document/report.ts';

/** A day: longer than any rehearsal. */
const MAX_SECONDS = 86_400;
const MAX_COUNT = 1_000_000;

const text = z.string().min(1).max(4096);
const seconds = z.int().min(0).max(MAX_SECONDS);
const limit = z.int().min(-1).max(MAX_COUNT).optional();

function isCount(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

const words = z.custom<string | readonly string[]>(
  (value) =>
    typeof value === 'string' ||
    (Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string')),
  rule('bad-value', 'not an operation or a list of them', 'for example create-server'),
);

const times = z.custom<number | 'always'>(
  (value) => value === 'always' || isCount(value, 1, MAX_COUNT),
  rule('bad-value', 'not a whole number from 1 on, nor always', 'for example 1'),
);

const chance = z.custom<number>(
  (value) => typeof value === 'number' && value > 0 && value <= 1,
  rule('bad-value', 'not a number above 0 and at most 1', 'for example 0.2'),
);

const stuck = z.custom<number | 'always'>(
  (value) => value === 'always' || isCount(value, 1, MAX_SECONDS),
  rule('bad-value', 'not a whole number of seconds, nor always', 'for example 600'),
);

const faultRule = z.strictObject({
  on: words,
  of: text.default('*'),
  from: z.int().min(1).max(MAX_COUNT).default(1),
  times: times.default(1),
  chance: chance.default(1),
  status: z.int().min(400).max(599).optional(),
  effect: z.boolean().optional(),
  message: text.optional(),
  retry_after: text.optional(),
  reply: z.enum(['lost', 'truncated', 'html', 'empty', 'wrong-type']).optional(),
  delay: seconds.optional(),
  late: z.int().min(1).max(MAX_SECONDS).optional(),
  twice: z.literal(true).optional(),
  lag: seconds.optional(),
  omit: z.literal(true).optional(),
  token: z.enum(['expired']).optional(),
  quota: z.enum(['exceeded']).optional(),
  error: text.optional(),
  stuck: stuck.optional(),
  unplug: seconds.optional(),
  ssh: z.enum(['refused', 'silent', 'wrong-host-key', 'denied']).optional(),
  session: z.enum(['cut-before', 'cut-after']).optional(),
  exit: z.int().min(1).max(255).optional(),
  prints: text.optional(),
  fails_at: text.optional(),
  reboots_at: text.optional(),
  disk: z.enum(['full']).optional(),
});

export const faultScriptSchema = z.strictObject({
  version: z.literal(1),
  quotas: z
    .strictObject({
      instances: limit,
      cores: limit,
      ram: limit,
      ports: limit,
      floatingips: limit,
      security_groups: limit,
      security_group_rules: limit,
      key_pairs: limit,
    })
    .prefault({}),
  faults: z.array(faultRule).default([]),
});

export type RawFaultScript = z.output<typeof faultScriptSchema>;
export type RawFaultRule = RawFaultScript['faults'][number];
