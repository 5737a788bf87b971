/** The kinds of values that several parts of a layout have: text, URLs and refs of git, settings, services. */
import { z } from 'zod';
import { rule } from '../document/report.ts';
import { LOCALRC_KEY, LOCALRC_VALUE } from './localrc-keys.ts';
import { hasSecret } from './secret-urls.ts';

function isOneLine(value: string): boolean {
  return ![...value].some((char) => char < ' ' || char === '\u007f') && value.isWellFormed();
}

/** One line, not empty. */
export const text = z
  .string()
  .min(1)
  .max(255)
  .refine(isOneLine, rule('bad-value', 'control character', 'remove it'))
  // A pattern says to editors what the rule beside it says here: never more, and as much of it as a pattern can.
  .meta({ pattern: '^[^\\u0000-\\u001f\\u007f]*$' });

const URL_FORM = /^(?:https?|git|file):\/\/[^\s\\'"]+$/;
/** What git reads, to be stored and shown. */
export const gitUrl = text
  .refine(
    (value) => !hasSecret(value),
    rule(
      'secret-in-url',
      'a URL must not hold credentials, a query or a fragment',
      'use a URL that needs no credentials: it is stored and shown',
    ),
  )
  .refine(
    (value) => hasSecret(value) || (URL_FORM.test(value) && URL.canParse(value)),
    rule('bad-value', 'not a URL that git reads without credentials', 'use https://, http://, git:// or file://'),
  )
  .meta({ pattern: '^(?:https?|git|file)://[^\\s\\\\\'"?#/@]*(?:/[^\\s\\\\\'"?#]*)?$' });

const GIT_REF = /^(?!.*(?:\.\.|\/\/))(?!.*(?:\/|\.lock)$)[A-Za-z0-9][A-Za-z0-9._/+-]*$/;
export const gitRef = text
  .refine(
    (value) => GIT_REF.test(value),
    rule('bad-value', 'not the name of a branch, tag or commit', 'for example stable/2026.1'),
  )
  .meta({ pattern: GIT_REF.source });

export const localrc = z
  .record(z.string().meta({ pattern: LOCALRC_KEY }), z.string().meta({ pattern: LOCALRC_VALUE }))
  .default({});
const service = text.meta({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$' });
export const services = z
  .strictObject({
    add: z.array(service).max(100).default([]).describe('what DevStack is to run besides'),
    remove: z.array(service).max(100).default([]).describe('what of the role’s it is to leave out'),
  })
  .prefault({});
