/** What people bring along in the plan: their files before stack.sh, their steps at the barriers they chose. */
import type { LayoutNode } from '../layout/layout.ts';
import type { Choices, UserParts } from './choices.ts';
import { accessOf, type Row } from './row.ts';

type Barrier = UserParts['steps'][number]['at'];

/** Of plans by earlier builders nobody brought anything along. */
const NOTHING: UserParts = { files: [], steps: [] };

function isMeant({ group, role }: LayoutNode, nodes: readonly string[]): boolean {
  return nodes.length === 0 || nodes.includes(group) || nodes.includes(role);
}

/** The kinds of a node's user steps at a barrier, in the layout's order; a kind says its place there and how it may be repeated. */
export function userKinds(node: LayoutNode, { userParts = NOTHING }: Choices, at: Barrier): readonly string[] {
  return userParts.steps.flatMap((step, index) =>
    step.at === at && isMeant(node, step.nodes)
      ? [`user-step-${step.repeat === 'once' ? 'once-' : ''}${index + 1}`]
      : [],
  );
}

/** The node's files, written when everything is there that may own them. */
export function fileRows(node: LayoutNode, choices: Choices): readonly Row[] {
  const files = (choices.userParts ?? NOTHING).files
    .filter(({ nodes }) => isMeant(node, nodes))
    .map(({ sha256, path, mode, owner }) => ({ sha256, path, mode, owner }));
  return [
    {
      kind: 'install-files',
      input: { ...accessOf(node, choices), files },
      after: ['create-stack-user', 'install-packages', 'clone-devstack', 'apply-patches', 'install-plugin'],
      isWanted: files.length > 0,
    },
  ];
}

/** The node's steps at a barrier, one after the other. */
export function userRows(node: LayoutNode, choices: Choices, at: Barrier, api: string): readonly Row[] {
  const first = {
    'before-stack': ['write-local-conf', 'install-files'],
    'after-stack': ['run-stack', 'stop-idle-twins', 'create-vhosts'],
    'after-discovery': ['discover-hosts/cluster', ...userKinds(node, choices, 'after-stack')],
  }[at];
  return userKinds(node, choices, at).map((kind, index, kinds) => {
    const step = choices.userParts?.steps[Number(/\d+$/.exec(kind)?.[0]) - 1];
    const previous = kinds[index - 1];
    return {
      kind,
      input: {
        ...accessOf(node, choices),
        name: step?.name ?? '',
        upload: step?.sha256 ?? '',
        group: node.group,
        role: node.role,
        api,
      },
      after: previous === undefined ? first : [...first, previous],
    };
  });
}
