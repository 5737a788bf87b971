/** DevStack's projects and the variables that say where each comes from: `<NAME>_REPO`, `<NAME>_BRANCH` (devstack.md section 6.3). */

/** By the name of the checkout below /opt/stack; libraries come as wheels, unless LIBS_FROM_GIT names them. */
const PREFIXES: Readonly<Record<string, string>> = {
  cinder: 'CINDER',
  glance: 'GLANCE',
  horizon: 'HORIZON',
  keystone: 'KEYSTONE',
  neutron: 'NEUTRON',
  nova: 'NOVA',
  novnc: 'NOVNC',
  'os-test-images': 'OSTESTIMAGES',
  placement: 'PLACEMENT',
  requirements: 'REQUIREMENTS',
  swift: 'SWIFT',
  tempest: 'TEMPEST',
};

/** The two keys of localrc by which DevStack gets a project from elsewhere; null for one that DevStack has none for. */
export function sourceKeys(project: string): { readonly repo: string; readonly branch: string } | null {
  const prefix = PREFIXES[project];
  return prefix === undefined ? null : { repo: `${prefix}_REPO`, branch: `${prefix}_BRANCH` };
}
