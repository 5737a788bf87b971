/** What may stand in the parts of a layout that reach into projects: options of their files, plugins, changes under review. */
import { z } from 'zod';
import { rule } from '../document/report.ts';
import { META_PHASES } from '../roles/meta-files.ts';
import { LOCALRC_VALUE } from './localrc-keys.ts';
import { gitRef, gitUrl, localrc, services, text } from './schema-words.ts';

const WORD = '^[A-Za-z0-9_][A-Za-z0-9_.:-]*$';

const options = z.record(z.string().meta({ pattern: WORD }), z.string().meta({ pattern: LOCALRC_VALUE }));
const sections = z.record(z.string().meta({ pattern: WORD }), options);
const files = z.record(z.string().meta({ pattern: '^/?\\$[A-Z_]+$|^/[A-Za-z0-9._/-]+$' }), sections).optional();

/** Phase → file → section → option → value. */
export const metaConfig = z
  .strictObject({
    [META_PHASES[0]]: files.describe('merged before the services start; what most options want'),
    [META_PHASES[1]]: files.describe('merged when all services run'),
    [META_PHASES[2]]: files.describe('merged after the plugins’ own last phase'),
    [META_PHASES[3]]: files.describe('merged when everything else is done: Tempest’s'),
  })
  .default({});

/** It stands in a line of its own in localrc, where bash reads it. */
const pluginUrl = gitUrl
  .refine(
    (value) => /^[A-Za-z0-9_@%+=:,./-]*$/.test(value) || !URL.canParse(value),
    rule('bad-value', 'a character in the URL that the shell would read', 'letters, digits and any of _@%+=:,./-'),
  )
  .meta({ pattern: '^(?:https?|git|file)://[A-Za-z0-9_@%+=:,./-]*$' });
const PLUGIN_NAME = /^[a-z][a-z0-9_.-]{0,60}$/;

export const plugins = z
  .array(
    z.strictObject({
      name: z
        .string()
        .refine(
          (value) => PLUGIN_NAME.test(value),
          rule('bad-name', 'not a name', 'letters a-z, digits, "-", "_", "."'),
        )
        .meta({ pattern: PLUGIN_NAME.source })
        .describe('its name, and its folder below /opt/stack'),
      repo: pluginUrl.describe('URL of its repository'),
      ref: gitRef
        .nullable()
        .default(null)
        .describe('branch, tag or commit; else the branch DevStack is of where it has that, else master'),
      nodes: z
        .array(text)
        .max(100)
        .default([])
        .describe('groups and roles; else the node with the APIs and all hypervisors'),
      localrc: localrc.describe('settings for local.conf of its nodes'),
      services: z
        .record(z.string(), services)
        .default({})
        .describe('services of its nodes, by group or role, in its own names'),
    }),
  )
  .max(50)
  .default([]);

/** What stands in an item is told by `checkChanges`: both of its forms are maps of text. */
export const changes = z.array(z.record(z.string(), text)).max(50).default([]);
