/** What a layout says of nodes that there are none of, or that lack what it takes: nobody would notice before all is built. */
import type { ReportProblem } from '../document/report.ts';
import type { Path } from '../document/shape.ts';
import { enabledServices } from '../roles/local-conf.ts';
import { missingFor } from '../roles/meta-files.ts';
import type { MetaConfig } from '../roles/meta-sections.ts';
import { TEMPEST_CHECK } from './check-names.ts';
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

/** DevStack installs tempest where it is asked to; it is run where the APIs are. */
function checkTempest({ verify }: Layout, nodes: Services, report: ReportProblem): void {
  const place = verify.indexOf(TEMPEST_CHECK);
  const apis = nodes.filter((services) => services.includes('key') || services.includes('n-api'));
  if (place < 0 || apis.length === 0 || apis.some((services) => services.includes('tempest'))) return;
  const fix = 'have it run: services: {add: [tempest]}, or leave the check out';
  report('bad-value', ['verify', place], `${TEMPEST_CHECK} takes service tempest on the node with the APIs`, fix);
}

/** Judges the layout as it is understood. */
export function checkReach(layout: Layout, report: ReportProblem): void {
  const nodes = planNodes(layout).map((node) => ({ group: node.group, services: enabledServices({ layout, node }) }));
  const services = nodes.map((node) => node.services);
  checkFiles(layout.config, services, ['config'], report);
  checkTempest(layout, services, report);
  for (const { name, config } of layout.groups) {
    const own = nodes.filter(({ group }) => group === name).map((node) => node.services);
    checkFiles(config, own, ['groups', name, 'config'], report);
  }
}
