/** The phases and files of DevStack's meta-sections, and on which nodes each file is (devstack.md sections 5 K and 6.2). */

/** When DevStack merges a section into its file, in this order. */
export const META_PHASES = ['post-config', 'extra', 'post-extra', 'test-config'] as const;
export type MetaPhase = (typeof META_PHASES)[number];

interface MetaFile {
  /** What of a node's services it takes for the file to be there. */
  readonly services: RegExp;
  /** The same in words. */
  readonly runs: string;
}

const NOVA = { services: /^n-/, runs: 'nova' };
const KEYSTONE = { services: /^key$/, runs: 'keystone' };
const GLANCE = { services: /^g-/, runs: 'glance' };
const CINDER = { services: /^c-/, runs: 'cinder' };
const PLACEMENT = { services: /^placement(-api)?$/, runs: 'placement' };
const NEUTRON = { services: /^(q|neutron)-/, runs: 'neutron' };
const L3 = { services: /^(q|neutron)-l3$/, runs: 'the L3 agent' };
const DHCP = { services: /^(q|neutron)-dhcp$/, runs: 'the DHCP agent' };
const META = { services: /^(q-meta|neutron-metadata-agent)$/, runs: 'the metadata agent' };

/** Variables DevStack defines before it reads meta-sections; any other makes it skip the rest of the phase. */
const VARIABLES: Readonly<Record<string, MetaFile>> = {
  $NOVA_CONF: NOVA,
  $NOVA_CPU_CONF: { services: /^n-cpu$/, runs: 'nova-compute' },
  $KEYSTONE_CONF: KEYSTONE,
  $GLANCE_API_CONF: GLANCE,
  $CINDER_CONF: CINDER,
  $PLACEMENT_CONF: PLACEMENT,
  $NEUTRON_CONF: NEUTRON,
  '/$NEUTRON_CORE_PLUGIN_CONF': NEUTRON,
  '/$Q_PLUGIN_CONF_FILE': NEUTRON,
  $NEUTRON_L3_CONF: L3,
  $Q_L3_CONF_FILE: L3,
  $NEUTRON_DHCP_CONF: DHCP,
  $Q_DHCP_CONF_FILE: DHCP,
  $Q_META_CONF_FILE: META,
  $TEMPEST_CONFIG: { services: /^tempest$/, runs: 'tempest' },
};

/** Folders of DevStack's own files; a file of another folder may be anywhere. */
const PATHS: readonly (MetaFile & { readonly path: RegExp })[] = [
  { path: /^\/etc\/nova\/nova_cell\d+\.conf$/, services: /^n-(super-|)cond(-cell|)$/, runs: 'nova-conductor' },
  { path: /^\/etc\/nova\/nova-cpu\.conf$/, services: /^n-cpu$/, runs: 'nova-compute' },
  { path: /^\/etc\/nova\//, ...NOVA },
  { path: /^\/etc\/keystone\//, ...KEYSTONE },
  { path: /^\/etc\/glance\//, ...GLANCE },
  { path: /^\/etc\/cinder\//, ...CINDER },
  { path: /^\/etc\/placement\//, ...PLACEMENT },
  { path: /^\/etc\/neutron\//, ...NEUTRON },
];

export const META_VARIABLES: readonly string[] = Object.keys(VARIABLES);

/** A path written out, of characters that mean nothing to the shell that reads it. */
const LITERAL = /^(?!.*\/\.{0,2}(?:\/|$))\/[A-Za-z0-9._/-]+$/;

export function isMetaFile(file: string): boolean {
  return Object.hasOwn(VARIABLES, file) || LITERAL.test(file);
}

/** What must run on a node for the file to be there, in words; null where it does, or where nothing is known of the file. */
export function missingFor(file: string, services: readonly string[]): string | null {
  const known = Object.hasOwn(VARIABLES, file) ? VARIABLES[file] : PATHS.find(({ path }) => path.test(file));
  if (known === undefined || services.some((service) => known.services.test(service))) return null;
  return known.runs;
}
