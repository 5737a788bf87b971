/** Layouts as a person reads them: the list of them, and what one of them means. */
import { type DataFormat, renderData, renderTable } from './table.ts';

interface LayoutLine {
  readonly name: string;
  readonly summary: string;
  readonly ref: string;
  readonly nodes: readonly { readonly name: string; readonly role: string }[];
}

interface ShownNode {
  readonly name: string;
  readonly role: string;
  readonly isHypervisor: boolean;
  readonly minimum: { readonly vcpus: number; readonly ramMb: number; readonly diskGb: number };
  readonly image: string | null;
  readonly flavor: string | null;
  readonly zone: string | null;
  readonly services: readonly string[];
}

export interface LayoutFacts {
  readonly name: string;
  readonly file: string;
  readonly summary: string;
  readonly devstack: { readonly repo: string; readonly ref: string; readonly gitBase: string | null };
  readonly branch: { readonly series: string; readonly state: string } | null;
  readonly distros: { readonly default: string; readonly tested: string; readonly experimental: string };
  readonly network: {
    readonly name: string | null;
    readonly floating: string | null;
    readonly fixedRange: string;
    readonly floatingRange: string;
  };
  readonly user: string | null;
  readonly nodes: readonly ShownNode[];
  readonly order: readonly { readonly stage: number; readonly step: string; readonly nodes: readonly string[] }[];
}

/** `controller, 2 compute`: roles in the order of the nodes, counted where there are several. */
function roleCounts(nodes: LayoutLine['nodes']): string {
  const counts = new Map<string, number>();
  for (const { role } of nodes) counts.set(role, (counts.get(role) ?? 0) + 1);
  return [...counts].map(([role, count]) => (count === 1 ? role : `${count} ${role}`)).join(', ');
}

/** The list for stdout in the wished format. */
export function renderLayoutList(format: DataFormat, layouts: readonly LayoutLine[]): Promise<string> {
  const rows = layouts.map(({ name, ref, nodes, summary }) => [
    name,
    String(nodes.length),
    roleCounts(nodes),
    ref,
    summary,
  ]);
  return renderData(format, {
    data: layouts,
    rows,
    table: () => renderTable(['LAYOUT', 'NODES', 'ROLES', 'DEVSTACK', 'WHAT IT IS'], rows),
  });
}

function minimumText({ vcpus, ramMb, diskGb }: ShownNode['minimum']): string {
  return `${vcpus} vCPUs, ${Math.round((ramMb / 1024) * 10) / 10} GiB, ${diskGb} GB disk`;
}

function nodeTable(nodes: LayoutFacts['nodes']): string {
  const cells = nodes.map(({ name, role, isHypervisor, minimum, image, flavor, zone }) => [
    name,
    role,
    isHypervisor ? 'yes' : 'no',
    minimumText(minimum),
    image ?? '-',
    flavor ?? '-',
    zone ?? '-',
  ]);
  return renderTable(['NODE', 'ROLE', 'HYPERVISOR', 'AT LEAST', 'IMAGE', 'FLAVOR', 'ZONE'], cells);
}

/** Nodes that run the same stand together. */
function serviceTable(nodes: LayoutFacts['nodes']): string {
  const alike = Map.groupBy(nodes, ({ services }) => services.join(' '));
  return renderTable(
    ['NODES', 'SERVICES'],
    [...alike].map(([services, same]) => [same.map(({ name }) => name).join(' '), services]),
  );
}

function orderTable(order: LayoutFacts['order']): string {
  const rows = order.map(({ stage, step, nodes }) => [String(stage), step, nodes.join(' ')]);
  return renderTable(['STAGE', 'STEP', 'NODES'], rows);
}

/** `Ubuntu 24.04 (default); Debian 13, 12 (tested)` */
function distroText(distros: LayoutFacts['distros']): string {
  const tiers = Object.entries(distros).filter(([, names]) => names !== '');
  return tiers.map(([tier, names]) => `${names} (${tier})`).join('; ');
}

function headLines({ name, summary, devstack, branch, distros, network, user }: LayoutFacts): readonly string[] {
  const floating = network.floating ?? 'where they are needed';
  const state = branch === null ? '' : ` (${branch.series}, ${branch.state})`;
  const projects = devstack.gitBase === null ? '' : `, projects from ${devstack.gitBase}`;
  return [
    summary === '' ? name : `${name}: ${summary}`,
    '',
    `DevStack  ${devstack.ref}${state} of ${devstack.repo}${projects}`,
    `images    ${distroText(distros)}${branch === null ? '; which of them it runs on is not known here' : ''}`,
    `network   ${network.name ?? 'the only usable one'}; floating IPs: ${floating}`,
    `builds    fixed range ${network.fixedRange}, floating range ${network.floatingRange}`,
    ...(user === null ? [] : [`user      ${user}`]),
  ];
}

function renderFacts(facts: LayoutFacts): string {
  return [
    `${headLines(facts).join('\n')}\n`,
    nodeTable(facts.nodes),
    serviceTable(facts.nodes),
    `Every node is made and prepared by itself, all at once; from the first stack.sh on there is an order:\n${orderTable(facts.order)}`,
  ].join('\n');
}

/** One layout for stdout in the wished format; `value` has a line for each node. */
export function renderLayout(format: DataFormat, facts: LayoutFacts): Promise<string> {
  const rows = facts.nodes.map(({ name, role, isHypervisor, minimum, services }) => [
    name,
    role,
    isHypervisor ? 'yes' : 'no',
    ...[minimum.vcpus, minimum.ramMb, minimum.diskGb].map(String),
    services.join(','),
  ]);
  return renderData(format, { data: facts, rows, table: () => renderFacts(facts) });
}
