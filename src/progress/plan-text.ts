/** A plan as `create --dry-run` shows it. */
import type { PlannedStep } from '../engine/step.ts';
import { type DataFormat, renderData, renderTable } from './table.ts';

interface Source {
  readonly repo: string;
  readonly ref: string;
  readonly commit: string;
}

export interface PlanFacts {
  readonly cluster: string;
  readonly isStored: boolean;
  readonly nodes: readonly {
    readonly node: string;
    readonly role: string;
    readonly image: string;
    readonly flavor: string;
  }[];
  readonly network: string;
  readonly hasFloatingIps: boolean;
  readonly devstack: Source;
  readonly projects: {
    readonly plugins: readonly (Source & { readonly name: string })[];
    readonly changes: readonly (Source & { readonly project: string })[];
  };
  readonly quota: readonly {
    readonly kind: string;
    readonly wanted: number;
    readonly used: number;
    readonly limit: number;
    readonly isEnough: boolean;
  }[];
  readonly steps: readonly PlannedStep[];
  readonly adds: readonly string[];
  readonly removes: readonly string[];
}

function stepRows(steps: readonly PlannedStep[]): readonly (readonly string[])[] {
  return steps.map(({ key, after }) => [key, after.join(' ')]);
}

function standing({ repo, ref, commit }: Source): string {
  return `${ref} at ${commit.slice(0, 10)} of ${repo}`;
}

function renderPlan(facts: PlanFacts): string {
  const { cluster, isStored, nodes, network, hasFloatingIps, devstack, projects, quota, steps, adds, removes } = facts;
  const access = hasFloatingIps ? 'floating IPs' : 'fixed addresses';
  const head = [
    `cluster ${cluster}: ${isStored ? 'the stored plan, what is left of it' : 'a new plan'}; nothing was touched`,
    `network ${network}, reached at ${access}`,
    `DevStack ${standing(devstack)}`,
    ...projects.plugins.map((plugin) => `plugin ${plugin.name}: ${standing(plugin)}`),
    ...projects.changes.map((change) => `change of ${change.project}: ${standing(change)}`),
    ...(adds.length === 0 ? [] : [`adds ${adds.join(', ')}`]),
    ...(removes.length === 0 ? [] : [`removes ${removes.join(', ')}, each with its server, floating IP and port`]),
  ];
  const tables = [
    nodes.length === 0
      ? ''
      : renderTable(
          ['NODE', 'ROLE', 'IMAGE', 'FLAVOR'],
          nodes.map(({ node, role, image, flavor }) => [node, role, image, flavor]),
        ),
    quota.length === 0
      ? ''
      : renderTable(
          ['QUOTA', 'WANTED', 'USED', 'LIMIT'],
          quota.map(({ kind, wanted, used, limit }) => [
            kind,
            String(wanted),
            String(used),
            limit < 0 ? 'unlimited' : String(limit),
          ]),
        ),
    steps.length === 0 ? 'nothing is left to do\n' : renderTable([`STEP (${steps.length})`, 'AFTER'], stepRows(steps)),
  ];
  return [`${head.join('\n')}\n`, ...tables].filter((text) => text !== '').join('\n');
}

/** The text for stdout in the wished format. */
export function renderDraft(format: DataFormat, facts: PlanFacts): Promise<string> {
  return renderData(format, { data: facts, rows: stepRows(facts.steps), table: () => renderPlan(facts) });
}
