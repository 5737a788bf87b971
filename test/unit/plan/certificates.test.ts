/** With TLS every node has the certificates before its stack.sh, and waits for no other stack.sh. */
import { expect, test } from 'vitest';
import type { PlannedStep } from '../../../src/engine/step.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { planCreate } from '../../../src/plan/create.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { choicesFor } from './choices-fixture.ts';

const LAYOUT = load(SMALL, { set: ['tls=true'] });
const NODES = planNodes(LAYOUT);
const IDS = new Map(NODES.map(({ name }) => [name, `uuid-${name}`]));

function plan(isOverlapped: boolean): readonly PlannedStep[] {
  return planCreate(LAYOUT, NODES, choicesFor(NODES, { isOverlapped }), IDS);
}

/** Every step that must be done before this one. */
function before(steps: readonly PlannedStep[], key: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const earlier of steps.find((step) => step.key === name)?.after ?? []) {
      found.add(earlier);
      visit(earlier);
    }
  };
  visit(key);
  return found;
}

test.each([true, false])('one CA is made, and lies on every node before its stack.sh (overlap: %s)', (isOverlapped) => {
  const steps = plan(isOverlapped);
  expect(steps.filter(({ kind }) => kind === 'make-ca').map(({ key }) => key)).toEqual(['make-ca/controller']);
  for (const { name } of NODES) {
    const installed = before(steps, `install-ca/${name}`);
    expect(installed).toContain('make-ca/controller');
    expect([...installed].filter((key) => /^(?:start|run)-stack\//.test(key))).toEqual([]);
    const beginning = isOverlapped && name !== 'controller' ? 'start-stack' : 'run-stack';
    expect(before(steps, `${beginning}/${name}`)).toContain(`install-ca/${name}`);
  }
});

test('every kind is known and accepts its input', () => {
  for (const { kind, input } of plan(true))
    expect(STEP_KINDS.get(kind)?.input.safeParse(input).success, kind).toBe(true);
});
