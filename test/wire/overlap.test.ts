/** Nodes that are stacked beside the controller in a rehearsal: sooner done than one after the other, and what a reboot costs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RehearsalOfTest, rehearse } from './rehearse.ts';

const FAST = ['--cloud', 'rehearsal', '--rehearsal-speed', '600', '--progress', 'none'] as const;

/** When the node's jobs of this kind were asked for, in the order of the ledger. */
function placesOf({ ledger }: RehearsalOfTest, node: string, job: RegExp): readonly number[] {
  return ledger().flatMap(({ seq, deed }) => {
    const [server = '', id = ''] = deed?.subject.split(' ') ?? [];
    return server.startsWith(`dsb-devstack-${node}-g`) && job.test(id) ? [seq] : [];
  });
}

describe.concurrent('stack.sh of computes', () => {
  test('is released after the controller’s, and its one log is whole', async (context) => {
    const rehearsal = rehearse(context);
    expect(await rehearsal.run('create', ...FAST)).toMatchObject({ code: 0 });
    const [controller = 0] = placesOf(rehearsal, 'controller', /^run-stack-g1-completion/);
    const [released = 0] = placesOf(rehearsal, 'compute-1', /^release-stack/);
    expect(released).toBeGreaterThan(controller);
    const { stdout } = await rehearsal.run('logs', 'compute-1', 'run-stack');
    expect(stdout.match(/echo_summary 'Waiting for other nodes'/g)).toHaveLength(1);
    expect(stdout).toContain('Installing OpenStack project source');
    expect(stdout).toContain('Services are running under systemd unit files.');
  });

  test('begins after it where nobody wants the overlap', async (context) => {
    const rehearsal = rehearse(context);
    expect(await rehearsal.run('create', ...FAST, '--no-overlap')).toMatchObject({ code: 0 });
    const [controller = 0] = placesOf(rehearsal, 'controller', /^run-stack-g1-completion/);
    const [begun = 0] = placesOf(rehearsal, 'compute-1', /^run-stack-g1$/);
    expect(begun).toBeGreaterThan(controller);
    expect(placesOf(rehearsal, 'compute-1', /^release-stack/)).toEqual([]);
  });

  test('that is cut by a reboot while it waits is run again on its server, which waits again', async (context) => {
    const rehearsal = rehearse(context);
    const file = join(rehearsal.state, 'faults.yaml');
    writeFileSync(file, 'version: 1\nfaults:\n- {on: run-stack, of: compute-1, reboots_at: Waiting for other nodes}\n');
    expect(await rehearsal.run('create', ...FAST, '--rehearsal-faults', file)).toMatchObject({ code: 0 });
    expect(rehearsal.countMade('server')).toBe(3);
    const [controller = 0] = placesOf(rehearsal, 'controller', /^run-stack-g1-completion/);
    const [again = 0] = placesOf(rehearsal, 'compute-1', /^run-stack-g1-r1$/);
    // Where nobody had seen the reboot yet, the one before was released as well.
    const released = placesOf(rehearsal, 'compute-1', /^release-stack/).at(-1);
    expect(again).toBeGreaterThan(0);
    expect(released).toBeGreaterThan(Math.max(again, controller));
  });
});
