/** What may stand in `files:` and `steps:` of a layout: what people bring along, for which nodes, and when. */
import { z } from 'zod';
import { rule } from '../document/report.ts';
import { MAX_USER_STEPS } from './nodes.ts';
import { text } from './schema-words.ts';

const MAX_FILES = 100;

const TARGET = /^(?!.*\/\.{0,2}(?:\/|$))\/[A-Za-z0-9._/-]+$/;
const MODE = /^0?[0-7]{3}$/;
const OWNER = /^[a-z_][a-z0-9_-]{0,31}(?::[a-z_][a-z0-9_-]{0,31})?$/;
const STEP_NAME = /^[a-z][a-z0-9-]{0,40}$/;

function shaped(pattern: RegExp, message: string, fix: string) {
  return z
    .string()
    .refine((value) => pattern.test(value), rule('bad-value', message, fix))
    .meta({ pattern: pattern.source });
}

const nodes = z.array(text).max(100).default([]).describe('groups and roles; else every node');

export const files = z
  .array(
    z.strictObject({
      source: text.describe('file of yours, by its path from the layout file'),
      path: shaped(TARGET, 'not a whole path', 'for example /etc/ceph/ceph.conf').describe(
        'where it goes on the nodes',
      ),
      mode: shaped(MODE, 'not a mode', 'for example 0644').default('0644').describe('its permissions'),
      owner: shaped(OWNER, 'not an owner', 'for example stack:stack').default('root').describe('USER or USER:GROUP'),
      nodes,
    }),
  )
  .max(MAX_FILES)
  .default([]);

export const steps = z
  .array(
    z.strictObject({
      name: shaped(STEP_NAME, 'not a name', 'letters a-z, digits and "-"').describe('its name in messages'),
      script: text.describe('script of yours, by its path from the layout file; it is run as root'),
      nodes,
      at: z
        .enum(['before-stack', 'after-stack', 'after-discovery'])
        .describe('before or after stack.sh of its node, or when the whole cluster is ready'),
      repeat: z
        .enum(['idempotent', 'once'])
        .describe('idempotent: may be run again after it was cut; once: is begun at most once on a server'),
    }),
  )
  .max(MAX_USER_STEPS)
  .default([]);
