/** What may stand in a layout file: keys, kinds of values, bounds and defaults. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { rule } from '../document/report.ts';
import { shapeOf } from '../document/shape.ts';
import { ROLE_NAMES } from '../roles/index.ts';
import { CHECK_NAMES, USUAL_CHECKS } from './check-names.ts';
import { mirrors } from './mirror-schema.ts';
import { OVERLAY_RANGE } from './overlay.ts';
import { changes, metaConfig, plugins } from './project-schema.ts';
import { gitRef, gitUrl, localrc, services, text } from './schema-words.ts';
import { files, steps } from './user-schema.ts';

/** Groups and therefore servers: letters, digits and "-", as host names without dots need it. */
export const NAME = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;
/** More nodes than any one controller serves; a bound against typing errors. */
export const MAX_COUNT = 250;
/** Each cell costs the controller a conductor and a console proxy. */
const MAX_CELLS = 8;
/** The newest stable branch (devstack.md section 3.1). */
const DEFAULT_REF = 'stable/2026.1';

const COMMIT = /^[0-9a-f]{40}$/;
const commit = z
  .string()
  .refine((value) => COMMIT.test(value), rule('bad-value', 'not a commit', 'write all 40 hex digits'))
  .meta({ pattern: COMMIT.source });

/** An IPv4 range with no bits set beyond its prefix, of at least `smallest` size. */
function range(smallest: 26 | 29) {
  return text
    .refine(
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
    )
    .meta({ pattern: `^\\d{1,3}(?:\\.\\d{1,3}){3}/(?:[89]|1\\d|2[0-${smallest - 20}])$` });
}

const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
const wish = text.nullable().default(null);
const name = z
  .string()
  .refine((value) => NAME.test(value), rule('bad-name', 'not a name', 'letters a-z, digits and "-", at most 32'))
  .meta({ pattern: NAME.source });

const group = z.strictObject({
  role: z.enum(ROLE_NAMES).describe('what its nodes are'),
  count: z.number().int().min(0).max(MAX_COUNT).default(1).describe('how many nodes'),
  compute: z.boolean().optional().describe('whether a node with the APIs is a hypervisor too'),
  cell: z
    .number()
    .int()
    .min(1)
    .max(MAX_CELLS)
    .default(1)
    .describe('the cell that its node hosts (role child-cell), or that its hypervisors belong to'),
  fake_hypervisors: z
    .number()
    .int()
    .min(1)
    .max(MAX_COUNT)
    .nullable()
    .default(null)
    .describe('how many hypervisors without guests each node pretends to be; else one real one'),
  image: wish.describe('image of its nodes, by name or id'),
  flavor: wish.describe('flavor of its nodes, by name or id'),
  zone: wish.describe('availability zone of its nodes'),
  localrc: localrc.describe('settings for local.conf of its nodes, laid over those of the cluster'),
  services: services.describe('services of its nodes, in DevStack’s names, on top of what its role runs'),
  config: metaConfig.describe('options for files of its nodes’ services, laid over those of the cluster'),
});

export const layoutSchema = z.strictObject({
  version: z.literal(1).describe('version of this grammar'),
  name: name.describe('name of the layout'),
  devstack: z
    .strictObject({
      repo: gitUrl.default('https://opendev.org/openstack/devstack').describe('URL of DevStack'),
      ref: gitRef.default(DEFAULT_REF).describe('branch, tag or commit; every node gets the commit it stands at'),
      commit: commit.nullable().default(null).describe('the commit to take, whatever the ref stands at by now'),
      git_base: gitUrl.nullable().default(null).describe('where DevStack gets the projects from (GIT_BASE)'),
    })
    .prefault({})
    .describe('which DevStack'),
  defaults: z
    .strictObject({
      image: wish.describe('image by name or id; else one of a supported distribution is chosen'),
      flavor: wish.describe('flavor by name or id; else the smallest that fits the role'),
      user: text
        .refine((value) => USER.test(value), rule('bad-value', 'not a user name', 'for example ubuntu'))
        .meta({ pattern: USER.source })
        .nullable()
        .default(null)
        .describe('who logs in to the servers; else the user of the image’s distribution'),
      zone: wish.describe('availability zone; else those there are, in turn'),
    })
    .prefault({})
    .describe('for the nodes of all groups that do not say otherwise'),
  cells: z
    .strictObject({
      count: z
        .number()
        .int()
        .min(1)
        .max(MAX_CELLS)
        .default(1)
        .describe('how many, besides cell0; those on child-cell nodes are the last'),
    })
    .prefault({})
    .describe('nova’s cells, on the node with the APIs or on child-cell nodes'),
  network: z
    .strictObject({
      backend: z.enum(['ovn', 'ovs']).default('ovn').describe('OVN, or ML2’s Open vSwitch agents'),
      name: wish.describe('network the servers are on, by name or id; else the only usable one'),
      floating: wish.describe('external network for floating IPs, or "none"; else only where they are needed'),
      // DevStack cuts its first private subnet, a /26, from the fixed range.
      fixed_range: range(26).default('10.1.0.0/20').describe('private network of the cloud that is built'),
      floating_range: range(29).default('172.24.5.0/24').describe('public network of the cloud that is built'),
      overlay: z.boolean().default(false).describe('whether the nodes have a network of their own, over the servers’'),
      overlay_range: range(26).default(OVERLAY_RANGE).describe('addresses of the nodes on their overlay network'),
    })
    .prefault({})
    .describe('networks of the servers, and of the cloud that is built on them'),
  localrc: localrc.describe('settings for local.conf of every node, each taken literally'),
  services: services.describe('services of every node, in DevStack’s names, on top of what its role runs'),
  groups: z.record(z.string().meta({ pattern: NAME.source }), group).describe('the nodes, by group'),
  config: metaConfig.describe('options for the services’ own files, on the nodes that have them'),
  plugins: plugins.describe('DevStack plugins, enabled in this order'),
  changes: changes.describe(
    'changes under review, one for a project: {PROJECT: refs/changes/…}, or {project, ref, repo}',
  ),
  mirrors: mirrors.describe('where nodes get what they download; git’s mirror is devstack.git_base'),
  files: files.describe('files of yours, written before stack.sh'),
  steps: steps.describe('scripts of yours, run at a barrier in the order they are named in'),
  verify: z
    .array(z.enum(CHECK_NAMES))
    .max(50)
    .default([...USUAL_CHECKS])
    .describe('checks that create runs at its end; [] for none'),
  tls: z.boolean().default(false).describe('whether the APIs and OVN speak TLS'),
});

export type RawLayout = z.infer<typeof layoutSchema>;
export const LAYOUT_SHAPE = shapeOf(layoutSchema);
