/** The log of a rehearsed stack.sh: the same bytes whenever they are asked for, in DevStack's form and size. */
import { describe, expect, it } from 'vitest';
import { nextStackLineMs, stackLog, stackSummary } from '../../../../src/rehearsal/node/stack-log.ts';
import { endAfterMs, milestonesOf } from '../../../../src/rehearsal/node/stack-run.ts';
import type { StackRow } from '../../../../src/rehearsal/world.ts';

const BEGAN_AT = Date.parse('2026-03-01T12:00:00Z');
const START_MS = 50_000;

function wall(speed = 1): { wallAt(modelMs: number): Date } {
  return { wallAt: (ms) => new Date(BEGAN_AT + ms / speed) };
}

function row(changes: Partial<StackRow> = {}): StackRow {
  return {
    seed: '7 lab-controller run-stack-g1',
    host: 'lab-controller',
    localrc: {
      HOST_IP: '198.18.0.10',
      SERVICE_HOST: '198.18.0.10',
      ADMIN_PASSWORD: 'adminWord',
      DATABASE_PASSWORD: 'dataWord',
      RABBIT_PASSWORD: 'rabbitWord',
      SERVICE_PASSWORD: 'serviceWord',
    },
    services: ['key', 'mysql', 'rabbit', 'n-api', 'n-sch', 'g-api', 'c-vol', 'placement-api', 'q-svc', 'ovn-northd'],
    lastsMs: 1_500_000,
    failsAt: null,
    lastWords: [],
    ...changes,
  };
}

function compute(): StackRow {
  return row({ services: ['n-cpu', 'q-ovn-agent', 'ovn-controller', 'ovs-vswitchd'], lastsMs: 600_000 });
}

describe('the log of stack.sh', () => {
  it('has the same bytes however it is split and whoever tells it', () => {
    const one = row();
    const whole = stackLog(one, START_MS, START_MS + 2_000_000, wall());
    const other = row();
    for (const afterMs of [0, 1, 1_234, 700_000, 1_499_999, 1_500_000]) {
      const piece = stackLog(other, START_MS, START_MS + afterMs, wall());
      expect(piece.equals(whole.subarray(0, piece.length))).toBe(true);
    }
    expect(stackLog(other, START_MS, START_MS + 1_500_000, wall())).toHaveLength(whole.length);
  });

  it('keeps what it said when the world runs faster afterwards', () => {
    const one = row();
    const before = Buffer.from(stackLog(one, START_MS, START_MS + 600_000, wall(1)));
    const later = stackLog(one, START_MS, START_MS + 900_000, wall(60));
    expect(later.subarray(0, before.length).equals(before)).toBe(true);
  });

  it('grows when it says that it does', () => {
    const one = row();
    const nextMs = nextStackLineMs(one, START_MS, START_MS + 400_000);
    const now = stackLog(one, START_MS, START_MS + 400_000, wall());
    expect(stackLog(one, START_MS, nextMs - 1, wall())).toHaveLength(now.length);
    expect(stackLog(one, START_MS, nextMs, wall()).length).toBeGreaterThan(now.length);
    expect(nextStackLineMs(one, START_MS, START_MS + 1_500_000)).toBe(Infinity);
  });

  it.each([
    { name: 'controller', of: row, lines: 25_000, bytes: 2_500_000 },
    { name: 'compute', of: compute, lines: 10_000, bytes: 1_000_000 },
  ])('is as long as that of a $name', ({ of, lines, bytes }) => {
    const log = stackLog(of(), START_MS, START_MS + 2_000_000, wall());
    const count = log.toString().split('\n').length;
    expect(Math.abs(count / lines - 1)).toBeLessThan(0.2);
    expect(Math.abs(log.length / bytes - 1)).toBeLessThan(0.2);
  });

  it('is told in a fraction of a second', () => {
    const startMs = performance.now();
    stackLog(row({ seed: 'another' }), START_MS, START_MS + 2_000_000, wall());
    // Twenty times what it takes, for machines that are busy.
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it('is stamped line by line, in order, until the last words for people', () => {
    const text = stackLog(row(), START_MS, START_MS + 2_000_000, wall()).toString();
    const [stamped = '', farewell = ''] = text.split(/^(?==+$)/m, 2);
    const stamps = stamped
      .trimEnd()
      .split('\n')
      .map((line) => /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \| ./.exec(line)?.[1]);
    expect(stamps).not.toContain(undefined);
    expect(stamps.every((each, index) => index === 0 || String(stamps[index - 1]) <= String(each))).toBe(true);
    expect(stamps[0]).toBe('2026-03-01 12:00:50.000');
    expect(text).toContain('This is your host IP address: 198.18.0.10\n');
    expect(text).toContain('Keystone is serving at http://198.18.0.10/identity/\n');
    expect(farewell).toMatch(/^=+\n/);
  });

  it('says every password, as the real one does', () => {
    const text = stackLog(row(), START_MS, START_MS + 2_000_000, wall()).toString();
    for (const word of ['adminWord', 'dataWord', 'rabbitWord', 'serviceWord']) expect(text).toContain(word);
  });
});

describe('the summary of stack.sh', () => {
  it('tells milestones as they come, and the end', () => {
    const one = row();
    const early = stackSummary(one, START_MS, START_MS + 1_000, wall()).toString();
    expect(early).toBe(
      '2026-03-01 12:00:50.000 | stack.sh log /opt/stack/logs/stack.sh.log\n' +
        '2026-03-01 12:00:50.000 | Installing package prerequisites\n',
    );
    const whole = stackSummary(one, START_MS, START_MS + 1_500_000, wall()).toString();
    expect(whole).toMatch(/2026-03-01 12:25:50\.000 \| stack\.sh completed in 1500 seconds\.\n$/);
  });

  it('has the milestones of the services that are enabled', () => {
    expect(milestonesOf(compute()).map(({ line }) => line)).toEqual([
      'Installing package prerequisites',
      'Installing OpenStack project source',
      'Configuring Neutron',
      'Configuring Nova',
      'Starting OVN services',
      'Starting Nova',
    ]);
    const controller = milestonesOf(row());
    expect(controller.some(({ line }) => line === 'Starting Horizon')).toBe(false);
    const sharePercent = (name: string): number =>
      (100 * controller.find((milestone) => milestone.name === name)!.afterMs) / 1_500_000;
    expect(sharePercent('sources')).toBeCloseTo(25, -1);
    expect(sharePercent('keystone')).toBeCloseTo(50, -1);
  });

  it('ends where the run dies', () => {
    const failed = row({ failsAt: 'Starting Keystone', lastWords: ['keystone did not start'] });
    const untilMs = START_MS + 2_000_000;
    expect(stackSummary(failed, START_MS, untilMs, wall()).toString()).toMatch(/Starting Keystone\n$/);
    const lines = stackLog(failed, START_MS, untilMs, wall()).toString().trimEnd().split('\n').slice(-3);
    expect(lines.map((line) => line.slice(26))).toEqual([
      'keystone did not start',
      'stack.sh failed: full log in /opt/stack/logs/stack.sh.log',
      'Error on exit',
    ]);
    expect(endAfterMs(failed)).toBeLessThan(1_000_000);
  });
});
