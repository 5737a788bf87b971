/** What a layout says of nodes that there are none of: a part that reaches no node is a mistake nobody would notice. */
import type { ReportProblem } from '../document/report.ts';
import type { Path } from '../document/shape.ts';
import { enabledServices } from '../roles/local-conf.ts';
import { missingFor } from '../roles/meta-files.ts';
import type { MetaConfig } from '../roles/meta-sections.ts';
import type { Layout } from './layout.ts';
import { planNodes } from './nodes.ts';

type Services = readonly (readonly string[])[];

function checkFiles(config: MetaConfig, nodes: Services, path: Path, report: ReportProblem): void {
  if (nodes.length === 0) return;
  for (const [phase, files] of Object.entries(config)) {
    for (const file of Object.keys(files ?? {})) {
      const missing = nodes.map((services) => missingFor(file, services));
      const runs = missing.includes(null) ? null : missing[0];
      if (typeof runs !== 'string') continue;
      const where = path.length === 1 ? 'no node' : 'no node of this group';
      const fix = 'remove it, or have the service run: services: {add: […]}';
      report(
        'bad-value',
        [...path, phase, file],
        `${file} is there only where ${runs} runs, and ${where} does`,
        fix,
        true,
      );
    }
  }
}

/** Judges the layout as it is understood. */
export function checkReach(layout: Layout, report: ReportProblem): void {
  const nodes = planNodes(layout).map((node) => ({ group: node.group, services: enabledServices({ layout, node }) }));
  checkFiles(
    layout.config,
    nodes.map(({ services }) => services),
    ['config'],
    report,
  );
  for (const { name, config } of layout.groups) {
    const own = nodes.filter(({ group }) => group === name).map(({ services }) => services);
    checkFiles(config, own, ['groups', name, 'config'], report);
  }
}
