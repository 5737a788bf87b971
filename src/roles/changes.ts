/** Changes under review in place of a project's branch: which projects DevStack takes them of, and its settings for one (devstack.md section 6.3). */

export interface ProjectChange {
  readonly project: string;
  /** `refs/changes/…` of Gerrit; the commit it names never changes. */
  readonly ref: string;
  /** Where Gerrit is asked for it: a mirror does not have such refs. */
  readonly repo: string;
}

/** Projects DevStack clones on its own; their settings begin with the name in capitals. */
export const CHANGED_PROJECTS: readonly string[] = [
  'cinder',
  'glance',
  'horizon',
  'keystone',
  'neutron',
  'nova',
  'placement',
  'requirements',
  'swift',
  'tempest',
];

export function reviewRepo(project: string): string {
  return `https://review.opendev.org/openstack/${project}`;
}

/** The two keys of localrc by which DevStack gets a project from elsewhere. */
export function sourceKeys(project: string): { readonly repo: string; readonly branch: string } {
  const prefix = project.toUpperCase();
  return { repo: `${prefix}_REPO`, branch: `${prefix}_BRANCH` };
}

export function changesLocalrc(changes: readonly ProjectChange[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    changes.flatMap(({ project, ref, repo }) => {
      const keys = sourceKeys(project);
      return [
        [keys.repo, repo],
        [keys.branch, ref],
      ];
    }),
  );
}
