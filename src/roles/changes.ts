/** Changes under review in place of a project's branch: which projects DevStack takes them of, and its settings for one (devstack.md section 6.3). */
import { sourceKeys } from './project-sources.ts';

export interface ProjectChange {
  readonly project: string;
  /** `refs/changes/…` of Gerrit; the commit it names never changes. */
  readonly ref: string;
  /** Where Gerrit is asked for it: a mirror does not have such refs. */
  readonly repo: string;
}

/** Projects DevStack clones on its own, and Gerrit has changes of. */
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

export function changesLocalrc(changes: readonly ProjectChange[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    changes.flatMap(({ project, ref, repo }) => {
      const keys = sourceKeys(project);
      if (keys === null) return [];
      return [
        [keys.repo, repo],
        [keys.branch, ref],
      ];
    }),
  );
}
