/** What every shipped layout makes of every branch: local.conf of each node, and the plan. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Layout } from '../../../src/layout/layout.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { loadLayout } from '../../../src/layout/read.ts';
import { planCreate } from '../../../src/plan/create.ts';
import { chooseOverlay, tunnelInput } from '../../../src/plan/overlay.ts';
import { isHeld } from '../../../src/plan/stacking.ts';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { choicesFor } from '../plan/choices-fixture.ts';
import { addressesOf } from './requests.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'layouts');
const LAYOUTS = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
/** Of devstack.md section 3.1. */
const BRANCHES = ['master', 'stable/2026.1', 'stable/2025.2', 'stable/2025.1', 'unmaintained/2024.1'];

function load(file: string, branch?: string, set: readonly string[] = []) {
  return loadLayout({ text: readFileSync(join(FOLDER, file), 'utf8'), file, overrides: { branch, set } });
}

function localConfs(layout: Layout): string {
  const nodes = planNodes(layout);
  const overlay = chooseOverlay(layout, nodes, 1450);
  const texts = nodes.map((node) => {
    const tunnels = tunnelInput({ mtu: 1450, overlay }, node.name);
    const held = isHeld(node, nodes, { isOverlapped: true });
    const waitFor = held ? '/opt/stack/.builder-released' : null;
    const text = renderLocalConf({ layout, node, addresses: addressesOf(nodes), ...tunnels, waitFor });
    expect(checkLocalConf(text)).toEqual([]);
    return `##### ${node.name}\n${text}`;
  });
  return texts.join('\n');
}

function planOf(layout: Layout): string {
  const nodes = planNodes(layout);
  const choices = choicesFor(nodes, { overlay: chooseOverlay(layout, nodes, 1450) });
  const steps = planCreate(layout, nodes, choices, new Map(nodes.map(({ name }) => [name, 'uuid'])));
  return steps.map(({ key, after }) => `${key}${after.map((edge) => `\n    after ${edge}`).join('')}\n`).join('');
}

describe.each(LAYOUTS)('%s', (file) => {
  test.each(BRANCHES)('of %s has these local.conf files', async (branch) => {
    const name = `${file.replace('.yaml', '')}-on-${branch.replace('/', '-')}.conf`;
    await expect(localConfs(load(file, branch))).toMatchFileSnapshot(`./shipped-layouts/${name}`);
  });

  test('is built in this order', async () => {
    await expect(planOf(load(file))).toMatchFileSnapshot(`./shipped-layouts/${file.replace('.yaml', '')}.plan`);
  });
});

/** With a node that takes part in none of it, and without one. */
describe.each(['multinode', 'split'])('%s with TLS', (name) => {
  const layout = load(`${name}.yaml`, undefined, ['tls=true']);

  test('has these local.conf files', async () => {
    await expect(localConfs(layout)).toMatchFileSnapshot(`./shipped-layouts/${name}-with-tls.conf`);
  });

  test('is built in this order', async () => {
    await expect(planOf(layout)).toMatchFileSnapshot(`./shipped-layouts/${name}-with-tls.plan`);
  });
});
