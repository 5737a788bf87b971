/** What may stand in a layout file: keys, kinds of values, bounds and defaults. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { rule } from '../document/report.ts';
import { shapeOf } from '../document/shape.ts';

/** Groups and therefore servers: letters, digits and "-", as host names without dots need it. */
export const NAME = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;
/** More nodes than any one controller serves; a bound against typing errors. */
const MAX_COUNT = 250;
/** The newest stable branch (devstack.md section 3.1). */
const DEFAULT_REF = 'stable/2026.1';

function isOneLine(value: string): boolean {
  return ![...value].some((char) => char < ' ' || char === '\u007f') && value.isWellFormed();
}

const text = z
  .string()
  .min(1)
  .max(255)
  .refine(isOneLine, rule('bad-value', 'control character', 'remove it'));

const URL_FORM = /^(?:https?|git|file):\/\/[^\s\\'"]+$/;
function hasSecret(value: string): boolean {
  return /^[a-z+]+:\/\/[^/]*@/i.test(value) || /[?#]/.test(value);
}
const gitUrl = text
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
  );

const gitRef = text.refine(
  (value) => /^[A-Za-z0-9][A-Za-z0-9._/+-]*$/.test(value) && !/\.\.|\/\/|\/$|\.lock$/.test(value),
  rule('bad-value', 'not the name of a branch, tag or commit', 'for example stable/2026.1'),
);

/** An IPv4 range with no bits set beyond its prefix, of at least `smallest` size. */
function range(smallest: number) {
  return text.refine(
    (value) => {
      if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(value)) return false;
      const prefix = ipaddr.IPv4.parseCIDR(value)[1];
      return (
        prefix >= 8 &&
        prefix <= smallest &&
        `${ipaddr.IPv4.networkAddressFromCIDR(value).toString()}/${prefix}` === value
      );
    },
    rule('bad-value', `not an IPv4 network between /8 and /${smallest}`, 'for example 10.1.0.0/20'),
  );
}

const localrc = z.record(z.string(), z.string()).default({});
const services = z
  .strictObject({ add: z.array(text).max(100).default([]), remove: z.array(text).max(100).default([]) })
  .prefault({});
const wish = text.nullable().default(null);
const name = z
  .string()
  .refine((value) => NAME.test(value), rule('bad-name', 'not a name', 'letters a-z, digits and "-", at most 32'));

const group = z.strictObject({
  role: z.enum(['controller', 'compute', 'allinone']),
  count: z.number().int().min(0).max(MAX_COUNT).default(1),
  compute: z.boolean().optional(),
  image: wish,
  flavor: wish,
  zone: wish,
  localrc,
  services,
});

export const layoutSchema = z.strictObject({
  version: z.literal(1),
  name,
  devstack: z
    .strictObject({
      repo: gitUrl.default('https://opendev.org/openstack/devstack'),
      ref: gitRef.default(DEFAULT_REF),
      git_base: gitUrl.nullable().default(null),
    })
    .prefault({}),
  defaults: z
    .strictObject({
      image: wish,
      flavor: wish,
      user: text
        .refine(
          (value) => /^[a-z_][a-z0-9_-]{0,31}$/.test(value),
          rule('bad-value', 'not a user name', 'for example ubuntu'),
        )
        .nullable()
        .default(null),
      zone: wish,
    })
    .prefault({}),
  network: z
    .strictObject({
      name: wish,
      floating: wish,
      // DevStack cuts its first private subnet, a /26, from the fixed range.
      fixed_range: range(26).default('10.1.0.0/20'),
      floating_range: range(29).default('172.24.5.0/24'),
    })
    .prefault({}),
  localrc,
  services,
  groups: z.record(z.string(), group),
});

export type RawLayout = z.infer<typeof layoutSchema>;
export const LAYOUT_SHAPE = shapeOf(layoutSchema);
