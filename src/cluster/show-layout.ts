/** What a layout means, told without a cloud and without a state: its nodes, their services, the order of the stack.sh runs. */
import { adviseWord } from '../document/near-miss.ts';
import { BuilderError } from '../errors.ts';
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { planNodes } from '../layout/nodes.ts';
import type { LayoutOverrides } from '../layout/override.ts';
import { loadLayout } from '../layout/read.ts';
import { summaryOf } from '../layout/summary.ts';
import type { Choices, UserParts } from '../plan/choices.ts';
import { planCreate } from '../plan/create.ts';
import { chooseOverlay } from '../plan/overlay.ts';
import { stackStages } from '../plan/stages.ts';
import { branchOf, describeSupport } from '../roles/branches.ts';
import { roleNamed } from '../roles/index.ts';
import { enabledServices } from '../roles/local-conf.ts';
import { DRAFT_MTU, draftLocalConf } from './draft-local-conf.ts';
import { findLayout, readShippedLayouts } from './read-layout.ts';

export interface LayoutWish {
  /** A shipped layout's name, or a file. */
  readonly layout: string;
  readonly overrides: LayoutOverrides;
}

export interface LayoutLine {
  readonly name: string;
  readonly summary: string;
  readonly ref: string;
  readonly nodes: readonly { readonly name: string; readonly role: string }[];
}

export interface ShownNode {
  readonly name: string;
  readonly group: string;
  readonly role: string;
  readonly isHypervisor: boolean;
  /** The smallest flavor its role can do with. */
  readonly minimum: { readonly vcpus: number; readonly ramMb: number; readonly diskGb: number };
  /** As wished; null is chosen from the cloud. */
  readonly image: string | null;
  readonly flavor: string | null;
  readonly zone: string | null;
  readonly services: readonly string[];
}

export interface ShownLayout {
  readonly name: string;
  readonly file: string;
  readonly summary: string;
  readonly devstack: Layout['devstack'];
  /** What is known of the branch; null of a tag, a commit or another branch. */
  readonly branch: { readonly series: string; readonly state: string } | null;
  /** Distributions it runs on as people call them, by how well they are tested; of an unknown one what any branch does. */
  readonly distros: { readonly default: string; readonly tested: string; readonly experimental: string };
  readonly network: Layout['network'];
  readonly user: string | null;
  readonly nodes: readonly ShownNode[];
  /** From the first stack.sh on; a step waits for what it needs of the stages before its own. */
  readonly order: readonly { readonly stage: number; readonly step: string; readonly nodes: readonly string[] }[];
}

const AT = 'LAYOUT';

/** The layouts that come with the builder. */
export async function listLayouts(): Promise<readonly LayoutLine[]> {
  return (await readShippedLayouts()).map(({ name, text, file }) => {
    const layout = loadLayout({ text, file, overrides: {} });
    const nodes = planNodes(layout).map((node) => ({ name: node.name, role: node.role }));
    return { name, summary: summaryOf(text), ref: layout.devstack.ref, nodes };
  });
}

/** Nothing is read of what people bring along: only where it stands is asked. */
function draftParts({ files, steps }: Layout): UserParts {
  return {
    files: files.map(({ path, mode, owner, nodes }) => ({ sha256: '', path, mode, owner, nodes })),
    steps: steps.map(({ name, at, repeat, nodes }) => ({ sha256: '', name, at, repeat, nodes })),
  };
}

/** What no cloud has decided yet stands empty: the order of the steps does not depend on it. */
function draftChoices(layout: Layout, nodes: readonly LayoutNode[]): Choices {
  return {
    nodes: Object.fromEntries(nodes.map(({ name }) => [name, { imageId: '', flavorId: '', zones: [] }])),
    networkId: '',
    networkName: '',
    subnetId: '',
    mtu: DRAFT_MTU,
    floatingNetworkId: null,
    sshFrom: '',
    user: '',
    keyName: null,
    devstack: { repo: layout.devstack.repo, ref: layout.devstack.ref, commit: '' },
    sshTimeoutMs: 0,
    isDistroForced: false,
    uploads: { patches: null, plugin: null, repositories: null, fragments: {} },
    projects: { plugins: [], changes: [] },
    overlay: chooseOverlay(layout, nodes, DRAFT_MTU),
    isMirrored: false,
    userParts: draftParts(layout),
    isOverlapped: true,
  };
}

/** One row for each stage and kind of step. */
function orderOf(layout: Layout, nodes: readonly LayoutNode[]): ShownLayout['order'] {
  const stages = stackStages(planCreate(layout, nodes, draftChoices(layout, nodes), new Map()));
  return stages.flatMap((steps, index) => {
    const kinds = Map.groupBy(steps, ({ kind }) => kind);
    return [...kinds].map(([step, same]) => ({
      stage: index + 1,
      step,
      nodes: same.flatMap(({ node }) => (node === null ? [] : [node])),
    }));
  });
}

/**
 * Everything that can be said of a layout before there is a cloud.
 *
 * @throws `layout-missing`; all problems of the layout together, each with its `file:line:column`.
 */
export async function showLayout({ layout: wanted, overrides }: LayoutWish): Promise<ShownLayout> {
  const { text, file } = await findLayout(wanted, AT);
  const layout = loadLayout({ text, file, overrides });
  const nodes = planNodes(layout);
  const branch = branchOf(layout.devstack.ref);
  const groups = new Map(layout.groups.map((group) => [group.name, group]));
  return {
    name: layout.name,
    file,
    summary: summaryOf(text),
    devstack: layout.devstack,
    branch: branch === null ? null : { series: branch.series, state: branch.state },
    distros: describeSupport(layout.devstack.ref),
    network: layout.network,
    user: layout.defaults.user,
    nodes: nodes.map((node) => {
      const group = groups.get(node.group);
      return {
        name: node.name,
        group: node.group,
        role: node.role,
        isHypervisor: node.isHypervisor,
        minimum: roleNamed(node.role).minimum,
        image: group?.image ?? layout.defaults.image,
        flavor: group?.flavor ?? layout.defaults.flavor,
        zone: group?.zone ?? layout.defaults.zone,
        services: enabledServices({ layout, node }),
      };
    }),
    order: orderOf(layout, nodes),
  };
}

/**
 * The local.conf that a node of the layout would get, places for secrets open, and in a sentence what in it is made up.
 *
 * @throws what `showLayout` throws; `unknown-node` with what was probably meant.
 */
export async function showLocalConf(
  { layout: wanted, overrides }: LayoutWish,
  name: string,
): Promise<{ readonly text: string; readonly note: string }> {
  const { text, file } = await findLayout(wanted, AT);
  const draft = draftLocalConf(loadLayout({ text, file, overrides }));
  const node = draft.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    const known = draft.nodes.map((candidate) => candidate.name);
    throw new BuilderError('unknown-node', `${wanted} has no node "${name.slice(0, 80)}"`, {
      at: '--local-conf',
      fix: adviseWord(name, known, `it has: ${known.slice(0, 12).join(', ')}`),
    });
  }
  const note = `addresses are those of documentation and the MTU is ${DRAFT_MTU}, since nothing is built; secrets stand as their names`;
  return { text: draft.localConfOf(node), note };
}
