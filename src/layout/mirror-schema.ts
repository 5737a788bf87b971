/** What may stand in `mirrors:` of a layout: where pip, apt and everything else get what they download. */
import { z } from 'zod';
import { rule } from '../document/report.ts';
import { text } from './schema-words.ts';
import { hasSecret } from './secret-urls.ts';

const HTTP_URL = /^https?:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~%+=:,/-]*)?$/;

/** It is stored, shown, and written into files that everybody on a node may read. */
const httpUrl = text
  .refine(
    (value) => !hasSecret(value),
    rule('secret-in-url', 'a URL must not hold credentials, a query or a fragment', 'use one that needs none'),
  )
  .refine(
    (value) => hasSecret(value) || (HTTP_URL.test(value) && URL.canParse(value)),
    rule('bad-value', 'not a URL', 'for example http://mirror.example.org:3128'),
  )
  .meta({ pattern: HTTP_URL.source })
  .nullable()
  .default(null);

function host(pattern: RegExp, example: string) {
  return text
    .refine((value) => pattern.test(value), rule('bad-value', 'not a host', `for example ${example}`))
    .meta({ pattern: pattern.source });
}

const count = (max: number) => z.number().int().min(0).max(max).nullable().default(null);

export const mirrors = z
  .strictObject({
    pip: z
      .strictObject({
        index_url: httpUrl.describe('the index that packages come from'),
        trusted_host: host(/^[A-Za-z0-9.-]+(?::\d+)?$/, 'mirror.example.org')
          .nullable()
          .default(null)
          .describe('host whose certificate need not be known'),
        timeout: count(3600).describe('seconds without an answer'),
        retries: count(100).describe('tries after the first'),
      })
      .nullable()
      .default(null)
      .describe('/etc/pip.conf'),
    apt: z
      .strictObject({
        proxy: httpUrl.describe('proxy of apt alone, like apt-cacher-ng'),
        retries: count(100).describe('tries after the first'),
      })
      .nullable()
      .default(null)
      .describe('a file of apt’s configuration'),
    proxy: z
      .strictObject({
        http: httpUrl.describe('proxy for http:// (http_proxy)'),
        https: httpUrl.describe('proxy for https:// (https_proxy)'),
        no_proxy: z
          .array(host(/^[A-Za-z0-9.:/*-]+$/, '.example.org'))
          .max(100)
          .default([])
          .describe('what is reached directly, besides every node of the cluster'),
      })
      .nullable()
      .default(null)
      .describe('proxies for everything that is downloaded'),
  })
  .prefault({});
