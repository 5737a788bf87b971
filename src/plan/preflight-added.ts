/** What can be known before nodes join a cluster that exists: they get what their group has, and only they count. */
import { serverName } from '../cloud/resource-names.ts';
import { BuilderError, failureOf } from '../errors.ts';
import type { Layout, LayoutNode } from '../layout/layout.ts';
import type { Choices, NodeChoice } from './choices.ts';
import { type CloudFacts, chooseNode, type Preflight } from './preflight.ts';
import { quotaProblem, quotaTable } from './quota.ts';

export interface Joining {
  readonly clusterName: string;
  readonly layout: Layout;
  /** With the generation that each begins with. */
  readonly nodes: readonly (LayoutNode & { readonly generation: number })[];
  /** Of the cluster as it is. */
  readonly choices: Choices;
  /** The nodes that are there. */
  readonly present: readonly { readonly name: string; readonly group: string }[];
  readonly isForced: boolean;
}

interface Chosen {
  readonly choice: NodeChoice;
  readonly image: string;
  readonly flavor: CloudFacts['flavors'][number];
}

function gone(kind: 'image' | 'flavor', id: string, node: string): BuilderError {
  return new BuilderError(
    `${kind}-not-found`,
    `${kind} ${id}, which the group of ${node} has, is gone from the cloud`,
    {
      at: node,
      state: 'nothing was touched',
      fix: `bring the ${kind} back: nodes of one group are alike`,
    },
  );
}

/** As the others of its group; where there is none, as if the cluster were new. */
function choose(node: LayoutNode, joining: Joining, facts: CloudFacts): Chosen {
  const { choices, present, layout, isForced } = joining;
  const sibling = present.find(({ group }) => group === node.group);
  const like = sibling === undefined ? undefined : choices.nodes[sibling.name];
  if (like === undefined) return chooseNode(layout, node, facts, isForced || choices.isDistroForced);
  const image = facts.images.find(({ id }) => id === like.imageId);
  const flavor = facts.flavors.find(({ id }) => id === like.flavorId);
  if (image === undefined) throw gone('image', like.imageId, node.name);
  if (flavor === undefined) throw gone('flavor', like.flavorId, node.name);
  return { choice: like, image: image.name, flavor };
}

function checkName({ clusterName, nodes }: Joining, { survey }: CloudFacts): void {
  const names = new Set(nodes.map(({ name, generation }) => serverName(clusterName, name, generation)));
  const clash = survey.servers.find(({ name }) => names.has(name));
  if (clash === undefined) return;
  throw new BuilderError('name-clash', `server "${clash.name}" (${clash.id}) is there already`, {
    at: `server ${clash.id}`,
    state: 'nothing was touched; that server is left alone',
    fix: 'rename or remove it, then run the same command again',
  });
}

/** Throws every problem at once. */
export function preflightAdded(
  joining: Joining,
  facts: CloudFacts,
): Pick<Preflight, 'quota' | 'nodes'> & { readonly choices: Choices['nodes'] } {
  const problems: BuilderError[] = [];
  const collect = <T>(check: () => T): T | null => {
    try {
      return check();
    } catch (error) {
      const problem = failureOf(error);
      if (!problems.some(({ message }) => message === problem.message)) problems.push(problem);
      return null;
    }
  };
  const { nodes, choices } = joining;
  const chosen = nodes.flatMap((node) => {
    const found = collect(() => choose(node, joining, facts));
    return found === null ? [] : [{ node, ...found }];
  });
  collect(() => checkName(joining, facts));
  if (!facts.hasKeypair && nodes.length > 0) {
    collect(() => {
      throw new BuilderError('keypair-not-found', `keypair "${choices.keyName}" is gone`, {
        at: `cluster ${joining.clusterName}`,
        state: 'nothing was touched',
        fix: 'bring it back: the other nodes have it too',
      });
    });
  }
  const flavors = chosen.map(({ flavor }) => flavor);
  const quota = quotaTable(flavors, choices.floatingNetworkId === null ? 0 : nodes.length, facts.quotas, false);
  const short = quotaProblem(quota);
  if (short !== null) problems.push(short);
  if (problems.length > 0) throw BuilderError.all(problems);
  return {
    choices: Object.fromEntries(chosen.map(({ node, choice }) => [node.name, choice])),
    quota,
    nodes: chosen.map(({ node, image, flavor }) => ({ node: node.name, role: node.role, image, flavor: flavor.name })),
  };
}
