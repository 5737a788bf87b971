/** DevStack's milestones: which a node comes to, what they take, and that everybody who prints them prints the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { milestonesOf } from '../../../src/rehearsal/node/stack-run.ts';
import { enabledServices } from '../../../src/roles/local-conf.ts';
import { COMPLETED, MILESTONES, milestoneOf, usualTimes } from '../../../src/roles/milestones.ts';
import type { RoleName } from '../../../src/roles/role.ts';
import { computeOf, controllerOf } from './requests.ts';

const CONTROLLER = enabledServices(controllerOf());
const COMPUTE = enabledServices(computeOf());
const everything = ['horizon', 'tempest', 'swift', 's-proxy', 'postgresql'];

/** The share of a run, in percent, at which each line is expected. */
function percents(role: RoleName, services: readonly string[]): ReadonlyMap<string, number> {
  const times = Object.entries(usualTimes(role, services));
  const whole = times.reduce((sum, [, ms]) => sum + ms, 0);
  let before = 0;
  return new Map(
    times.map(([words, ms]) => {
      const percent = (100 * before) / whole;
      before += ms;
      return [words, percent];
    }),
  );
}

describe('a line of the summary', () => {
  test.each([
    ['stack.sh log /opt/stack/logs/stack.sh.log.2026-03-01-120000', 0],
    ['Installing package prerequisites', 1],
    ['stack.sh completed in 426 seconds.', COMPLETED],
  ])('%s is a milestone', (line, place) => {
    expect(milestoneOf(line)).toBe(place);
  });

  test('that begins like another one is itself', () => {
    expect(MILESTONES[milestoneOf('Starting Nova') ?? 0]?.words).toBe('Starting Nova');
    expect(MILESTONES[milestoneOf('Starting Nova API') ?? 0]?.words).toBe('Starting Nova API');
  });

  test('of a plugin is none', () => {
    expect(milestoneOf('Starting Nova my way')).toBeNull();
    expect(milestoneOf('stack.sh logs')).toBeNull();
    expect(milestoneOf('')).toBeNull();
  });
});

describe('what is expected', () => {
  test('of a compute are the lines that one told', () => {
    expect(Object.keys(usualTimes('compute', COMPUTE))).toEqual([
      'stack.sh log',
      'Installing package prerequisites',
      'Installing OpenStack project source',
      'Configuring Neutron',
      'Configuring Nova',
      'Starting OVN services',
      'Starting Nova',
      'stack.sh completed in',
    ]);
  });

  test('of a controller without hypervisor is the word on its cell too', () => {
    const words = 'SKIPPING Cell setup';
    expect(usualTimes('controller', CONTROLLER)).not.toHaveProperty(words);
    expect(
      usualTimes(
        'controller',
        CONTROLLER.filter((name) => name !== 'n-cpu'),
      ),
    ).toHaveProperty(words);
  });

  // devstack.md section 6.5: the runs of section 8, with no Tempest and no cinder.
  test.each([
    ['Installing package prerequisites', 1],
    ['Starting RabbitMQ', 22],
    ['Installing OpenStack project source', 25],
    ['Configuring and starting MySQL', 50],
    ['Starting Keystone', 52],
    ['Configuring Glance', 65],
    ['Configuring placement', 76],
    ['Configuring Nova', 78],
    ['Starting Nova API', 83],
    ['Starting OVN services', 85],
    ['Starting Neutron', 87],
    ['Starting Placement', 90],
    ['Starting Nova', 92],
    ['Starting Glance', 95],
    ['Uploading images', 96],
  ])('of a measured controller: %s at %d %%', (words, percent) => {
    const measured = CONTROLLER.filter((name) => !name.startsWith('c-'));
    expect(Math.abs((percents('controller', measured).get(words) ?? 0) - percent)).toBeLessThan(1.5);
  });

  test.each([
    ['Installing package prerequisites', 2],
    ['Installing OpenStack project source', 37],
    ['Configuring Neutron', 69],
    ['Configuring Nova', 83],
    ['Starting OVN services', 84],
    ['Starting Nova', 88],
  ])('of a measured compute: %s at %d %%', (words, percent) => {
    expect(Math.abs((percents('compute', COMPUTE).get(words) ?? 0) - percent)).toBeLessThan(1);
  });
});

describe('the same words', () => {
  const inOrder = (lines: readonly string[]): void => {
    const places = lines.map(milestoneOf);
    expect(places).not.toContain(null);
    expect(places).toEqual(places.toSorted((one, other) => Number(one) - Number(other)));
  };

  test.each([
    ['a controller', 'controller', CONTROLLER],
    ['a compute', 'compute', COMPUTE],
  ] as const)('are told by %s of a rehearsal as are expected of it', (_, role, services) => {
    const told = milestonesOf({ services, lastsMs: 1_000 }).map(({ line }) => line);
    inOrder(told);
    expect(Object.keys(usualTimes(role, services)).slice(1, -1)).toEqual(told);
  });

  test('are told by a rehearsal with every service', () => {
    inOrder(milestonesOf({ services: [...CONTROLLER, ...everything], lastsMs: 1_000 }).map(({ line }) => line));
  });

  test('are told by the stand-in for DevStack', () => {
    const file = new URL('../../standin-devstack/tree/lib/milestones', import.meta.url);
    const table = /MILESTONES='\n([^']+)'/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    const lines = table.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    // Phases of plugins are passed without a line.
    inOrder(lines.map((line) => line.split(/ +/).slice(3).join(' ')).filter((line) => line !== '-'));
  });
});
