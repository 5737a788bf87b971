/** Everything that can be known before the first effect: layout against cloud, all problems at once. */
import type { CloudScope, Flavor, Image, Network, Quota, QuotaKind, Router, Subnet, Survey } from '../cloud/cloud.ts';
import { serverName } from '../cloud/resource-names.ts';
import { BuilderError, failureOf } from '../errors.ts';
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { rangesOverlap } from '../layout/ranges.ts';
import { loginUserOf } from '../roles/distros.ts';
import { roleNamed } from '../roles/index.ts';
import { chooseFloatingNetwork, chooseNetwork, findNetwork } from './access.ts';
import type { Choices, NodeChoice, ProjectRefs, Uploads, UserParts } from './choices.ts';
import { checkFlavor, chooseFlavor } from './flavors.ts';
import { checkImage, distroOf, findImage, newestSupportedImage } from './images.ts';
import { chooseOverlay } from './overlay.ts';
import { type QuotaRow, quotaProblem, quotaTable } from './quota.ts';

/** What was read of the cloud; reading it had no effect. */
export interface CloudFacts {
  readonly scope: CloudScope;
  readonly images: readonly Image[];
  readonly flavors: readonly Flavor[];
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  readonly routers: readonly Router[];
  readonly zones: readonly string[];
  readonly quotas: Readonly<Record<QuotaKind, Quota>>;
  readonly survey: Survey;
  /** Whether the keypair asked for exists; true when none was asked for. */
  readonly hasKeypair: boolean;
}

export interface Wishes {
  readonly clusterName: string;
  readonly keyName: string | null;
  /** Passes a role's minimum sizes and unknown distributions. */
  readonly isForced: boolean;
  readonly sshTimeoutMs: number;
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
  /** The commit the layout's ref stood at when asked. */
  readonly commit: string;
  readonly uploads: Uploads;
  readonly projects: ProjectRefs;
  readonly userParts: UserParts;
  readonly isOverlapped: boolean;
}

export interface Preflight {
  readonly choices: Choices;
  readonly quota: readonly QuotaRow[];
  /** For people: node, image, flavor by name. */
  readonly nodes: readonly {
    readonly node: string;
    readonly role: string;
    readonly image: string;
    readonly flavor: string;
  }[];
  /** For people: what is allowed, and worth a second thought. */
  readonly warnings: readonly string[];
}

/** Runs a check and keeps its problem instead of stopping at it. */
type Collect = <T>(check: () => T) => T | null;

function collector(problems: BuilderError[]): Collect {
  return (check) => {
    try {
      return check();
    } catch (error) {
      const problem = failureOf(error);
      const isKnown = problems.some(({ code, message }) => code === problem.code && message === problem.message);
      if (!isKnown) problems.push(problem);
      return null;
    }
  };
}

interface Sized {
  readonly node: LayoutNode;
  readonly image: Image;
  readonly flavor: Flavor;
  readonly warning: string | null;
}

/** Insisted on by the command line, or by the layout in DevStack's own words. */
function isDistroForced(layout: Layout, { isForced }: Pick<Wishes, 'isForced'>): boolean {
  return isForced || layout.localrc['FORCE'] === 'yes';
}

function sizeNode(
  layout: Layout,
  node: LayoutNode,
  facts: CloudFacts,
  wishes: Pick<Wishes, 'isForced'>,
  collect: Collect,
): Sized | null {
  const { ref } = layout.devstack;
  const group = layout.groups.find(({ name }) => name === node.group);
  const role = roleNamed(node.role);
  const wantedImage = group?.image ?? layout.defaults.image;
  const image = collect(() =>
    wantedImage === null ? newestSupportedImage(facts.images, ref) : findImage(facts.images, wantedImage, '--image'),
  );
  if (image === null) return null;
  const warning = collect(() => checkImage(image, ref, isDistroForced(layout, wishes)));
  const flavor = collect(() => chooseFlavor(facts.flavors, group?.flavor ?? layout.defaults.flavor, role, image));
  if (flavor === null) return null;
  collect(() => checkFlavor(flavor, image, role.minimum, `a ${node.role}`, wishes.isForced));
  return { node, image, flavor, warning };
}

function zonesOf(layout: Layout, node: LayoutNode, zones: readonly string[]): readonly string[] {
  const wanted = layout.groups.find(({ name }) => name === node.group)?.zone ?? layout.defaults.zone;
  if (wanted === null) return zones.toSorted();
  if (zones.includes(wanted)) return [wanted];
  throw new BuilderError('zone-not-found', `no availability zone "${wanted}"`, {
    at: '--availability-zone',
    state: 'nothing was created',
    fix: `choose one of: ${zones.join(', ')}`,
  });
}

/** What one node gets by its layout. Throws the first problem. */
export function chooseNode(
  layout: Layout,
  node: LayoutNode,
  facts: CloudFacts,
  isForced: boolean,
): { readonly choice: NodeChoice; readonly image: string; readonly flavor: Flavor } {
  // Whatever is not found is thrown.
  const { image, flavor } = sizeNode(layout, node, facts, { isForced }, (check) => check()) as Sized;
  const zones = zonesOf(layout, node, facts.zones);
  return { choice: { imageId: image.id, flavorId: flavor.id, zones }, image: image.name, flavor };
}

/** Servers that are not ours under a name we would give: never touched, so the cluster needs another name. */
function checkNames(survey: Survey, clusterName: string, nodes: readonly LayoutNode[]): void {
  const planned = new Set(nodes.map(({ name }) => serverName(clusterName, name, 1)));
  const clash = survey.servers.find(({ name }) => planned.has(name));
  if (clash === undefined) return;
  const owner = clash.mark === null ? 'is not ours' : `belongs to cluster ${clash.mark.cluster}`;
  throw new BuilderError('name-clash', `server "${clash.name}" (${clash.id}) ${owner}`, {
    at: `server ${clash.id}`,
    state: 'nothing was created; that server is left alone',
    fix: 'choose another name for the cluster: ./builder create NAME; if its state was lost: ./builder recover',
  });
}

/** DevStack's own ranges, and the overlay's, must not hold the addresses its nodes talk on (devstack.md section 5, Y). */
function checkRanges(layout: Layout, subnet: Subnet): void {
  const { fixedRange, floatingRange, overlay, overlayRange } = layout.network;
  const ranges = {
    fixed_range: fixedRange,
    floating_range: floatingRange,
    ...(overlay ? { overlay_range: overlayRange } : {}),
  };
  const clash = Object.entries(ranges).find(([, range]) => rangesOverlap(range, subnet.cidr));
  if (clash === undefined) return;
  const [key, range] = clash;
  throw new BuilderError(
    'cidr-overlap',
    `the servers' subnet ${subnet.cidr} overlaps ${key === 'overlay_range' ? 'the' : "DevStack's"} ${key} ${range}`,
    {
      at: `network.${key}`,
      state: 'nothing was created',
      fix: `choose another range: --set network.${key}=CIDR`,
    },
  );
}

function chooseNetworks(
  layout: Layout,
  facts: CloudFacts,
  wishes: Wishes,
): Pick<Choices, 'networkId' | 'networkName' | 'subnetId' | 'mtu' | 'floatingNetworkId'> {
  const { networks, subnets, routers, scope } = facts;
  const wanted = layout.network.name;
  const network =
    wanted === null ? chooseNetwork(networks, subnets, scope.projectId) : findNetwork(networks, wanted, '--network');
  const subnet = subnets.find(({ networkId, ipVersion }) => networkId === network.id && ipVersion === 4);
  if (subnet === undefined) {
    throw new BuilderError('network-not-found', `network "${network.name}" has no IPv4 subnet`, {
      at: '--network',
      state: 'nothing was created',
      fix: 'name a network with one: --network NAME',
    });
  }
  checkRanges(layout, subnet);
  const floating = chooseFloatingNetwork({
    network,
    networks,
    subnets,
    routers,
    ownAddresses: wishes.ownAddresses,
    wanted: layout.network.floating,
  });
  return {
    networkId: network.id,
    networkName: network.name,
    subnetId: subnet.id,
    mtu: network.mtu,
    floatingNetworkId: floating?.id ?? null,
  };
}

function userOf(layout: Layout, sized: readonly Sized[]): string {
  const [distro = ''] = sized.map(({ image }) => distroOf(image)?.distro);
  return layout.defaults.user ?? loginUserOf(distro) ?? 'builder';
}

/** Throws every problem at once; returns what was chosen when there is none. */
export function preflight(layout: Layout, nodes: readonly LayoutNode[], facts: CloudFacts, wishes: Wishes): Preflight {
  const problems: BuilderError[] = [];
  const collect = collector(problems);
  const sized = nodes.map((node) => sizeNode(layout, node, facts, wishes, collect)).filter((entry) => entry !== null);
  const place = collect(() => chooseNetworks(layout, facts, wishes));
  const choiceOf = ({ node, image, flavor }: Sized): readonly [string, NodeChoice] => [
    node.name,
    { imageId: image.id, flavorId: flavor.id, zones: collect(() => zonesOf(layout, node, facts.zones)) ?? [] },
  ];
  const choicesByNode = Object.fromEntries(sized.map(choiceOf));
  collect(() => checkNames(facts.survey, wishes.clusterName, nodes));
  if (!facts.hasKeypair) {
    collect(() => {
      throw new BuilderError('keypair-not-found', `no keypair "${wishes.keyName}"`, {
        at: '--key-name',
        state: 'nothing was created',
        fix: 'make it, or leave the option out: the builder brings its own key',
      });
    });
  }
  const floatingIps = place?.floatingNetworkId === null ? 0 : nodes.length;
  const quota = quotaTable(
    sized.map(({ flavor }) => flavor),
    floatingIps,
    facts.quotas,
  );
  const short = quotaProblem(quota);
  if (short !== null) problems.push(short);
  // Where no network was chosen, a problem says why.
  if (place === null || problems.length > 0) throw BuilderError.all(problems);
  const { repo, ref } = layout.devstack;
  return {
    choices: {
      ...place,
      nodes: choicesByNode,
      sshFrom: '0.0.0.0/0',
      user: userOf(layout, sized),
      keyName: wishes.keyName,
      devstack: { repo, ref, commit: wishes.commit },
      sshTimeoutMs: wishes.sshTimeoutMs,
      isDistroForced: isDistroForced(layout, wishes),
      uploads: wishes.uploads,
      projects: wishes.projects,
      overlay: chooseOverlay(layout, nodes, place.mtu),
      userParts: wishes.userParts,
      isMirrored: Object.values(layout.mirrors).some((mirror) => mirror !== null),
      isOverlapped: wishes.isOverlapped,
    },
    quota,
    nodes: sized.map(({ node, image, flavor }) => ({
      node: node.name,
      role: node.role,
      image: image.name,
      flavor: flavor.name,
    })),
    warnings: [...new Set(sized.flatMap(({ warning }) => warning ?? []))],
  };
}
