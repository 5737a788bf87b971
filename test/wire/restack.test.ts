/** A compute whose stack.sh fails: unstacked and stacked again on its server, at most twice, whatever becomes of the builder meanwhile. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { killHard, waitForOutput } from '../support/run-builder.ts';
import { type RehearsalOfTest, rehearse } from './rehearse.ts';

const CREATE = ['create', '--cloud', 'rehearsal', '--rehearsal-speed', '600', '--no-verify'] as const;
/** A mirror that answers the next time. */
const MIRROR = "fails_at: MILESTONE, prints: 'E: Failed to fetch http://mirror/x.deb  503  Service Unavailable'";

function faulty({ state }: RehearsalOfTest, rule: string): readonly string[] {
  const file = join(state, 'faults.yaml');
  writeFileSync(file, `version: 1\nfaults:\n- {on: run-stack, of: compute-1, ${rule}}\n`);
  return ['--rehearsal-faults', file];
}

/** Every stack.sh and unstack.sh that was begun on servers of the node, in order. */
function stacked({ ledger }: RehearsalOfTest, node: string): readonly string[] {
  const begun = new Set<string>();
  const starts: string[] = [];
  for (const { changes = [], deed } of ledger()) {
    for (const { kind, key, row } of changes) {
      const isOfNode = deed?.subject.startsWith(`dsb-devstack-${node}-g`) === true;
      if (kind !== 'job' || row === null || row.start === null || !isOfNode || begun.has(key)) continue;
      begun.add(key);
      if (/^(unstack|run-stack-g\d+(-r\d+)?$)/.test(row.id)) starts.push(row.id);
    }
  }
  return starts;
}

const ONCE = ['run-stack-g1', 'unstack-g1-r1', 'run-stack-g1-r1'];

describe.concurrent('a stack.sh that may go through another time', () => {
  test.for([
    ['before it waits', 'Installing package prerequisites'],
    ['after its release', 'Starting Nova'],
  ] as const)('fails once, %s: the same server completes the cluster', async ([, milestone], context) => {
    const rehearsal = rehearse(context);
    const faults = faulty(rehearsal, MIRROR.replace('MILESTONE', milestone));
    const ended = await rehearsal.run(...CREATE, '--progress', 'plain', ...faults);
    context.expect(ended.code, ended.stderr).toBe(0);
    context
      .expect(ended.stderr)
      .toMatch(/compute-1: stack\.sh again on the same server, 1 of 2 \(compute-1: stack\.sh: exit 1: /);
    context.expect(ended.stderr).toMatch(/compute-1 +run unstack\.sh on compute-1 \(1 of 2\) … done/);
    context.expect(ended.stderr).toMatch(/compute-1 +run stack\.sh on compute-1 again \(1 of 2\) … done/);
    context.expect(rehearsal.countMade('server')).toBe(3);
    context.expect(stacked(rehearsal, 'compute-1')).toEqual(ONCE);
    context.expect(stacked(rehearsal, 'compute-2')).toEqual(['run-stack-g1']);
    const { stdout } = await rehearsal.run('logs', 'compute-1', 'run-stack');
    context.expect(stdout.match(/^.*Failed to fetch/gm)).toHaveLength(1);
    context.expect(stdout).toContain('Services are running under systemd unit files.');
  });

  test('fails three times: the next command takes a fresh server', async (context) => {
    const rehearsal = rehearse(context);
    const faults = faulty(rehearsal, `${MIRROR.replace('MILESTONE', 'Starting Nova')}, times: 3`);
    const failed = await rehearsal.run(...CREATE, '--progress', 'plain', ...faults);
    context.expect(failed.code, failed.stderr).toBe(5);
    context.expect(failed.stderr).toContain('compute-1: stack.sh again on the same server, 2 of 2');
    context.expect(failed.stderr).toContain('the same command again replaces this server and goes on');
    const thrice = [...ONCE, 'unstack-g1-r2', 'run-stack-g1-r2'];
    context.expect(stacked(rehearsal, 'compute-1')).toEqual(thrice);
    context.expect(rehearsal.countMade('server')).toBe(3);
    const again = await rehearsal.run(...CREATE, '--progress', 'none', ...faults);
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(stacked(rehearsal, 'compute-1')).toEqual([...thrice, 'run-stack-g2']);
    context.expect(stacked(rehearsal, 'controller')).toEqual(['run-stack-g1']);
    context.expect(rehearsal.countMade('server')).toBe(4);
  });

  test('is left alone where nothing more is to begin, and is taken up by the next command', async (context) => {
    const rehearsal = rehearse(context);
    const faults = faulty(rehearsal, MIRROR.replace('MILESTONE', 'Starting Nova'));
    const stop = ['--on-failure', 'stop', '--progress', 'none'];
    const failed = await rehearsal.run(...CREATE, ...stop, ...faults);
    context.expect(failed.code, failed.stderr).toBe(5);
    context.expect(failed.stderr).toContain('runs unstack.sh and stack.sh on this server, try 1 of 2');
    context.expect(stacked(rehearsal, 'compute-1')).toEqual(['run-stack-g1']);
    const again = await rehearsal.run(...CREATE, ...stop);
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(stacked(rehearsal, 'compute-1')).toEqual(ONCE);
    context.expect(rehearsal.countMade('server')).toBe(3);
  });

  test('costs a server where fresh ones are asked for', async (context) => {
    const rehearsal = rehearse(context);
    const faults = faulty(rehearsal, MIRROR.replace('MILESTONE', 'Starting Nova'));
    const ended = await rehearsal.run(...CREATE, '--on-failure', 'replace', '--progress', 'none', ...faults);
    context.expect(ended.code, ended.stderr).toBe(0);
    context.expect(stacked(rehearsal, 'compute-1')).toEqual(['run-stack-g1', 'run-stack-g2']);
  });

  test('costs one where unstack.sh fails', async (context) => {
    const rehearsal = rehearse(context);
    const file = join(rehearsal.state, 'two.yaml');
    const rules = `- {on: run-stack, of: compute-1, ${MIRROR.replace('MILESTONE', 'Starting Nova')}}\n- {on: unstack, of: '*', exit: 1}\n`;
    writeFileSync(file, `version: 1\nfaults:\n${rules}`);
    const failed = await rehearsal.run(...CREATE, '--progress', 'none', '--rehearsal-faults', file);
    context.expect(failed.code, failed.stderr).toBe(5);
    context.expect(failed.stderr).toMatch(/job-failed: compute-1: unstack: exit 1/);
    const again = await rehearsal.run(...CREATE, '--progress', 'none');
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(stacked(rehearsal, 'compute-1')).toEqual(['run-stack-g1', 'unstack-g1-r1', 'run-stack-g2']);
  });

  test.for([
    ['when unstack.sh is about to run', /"step-started".*"unstack\/compute-1"/],
    ['between unstack.sh and stack.sh', /"step-done".*"unstack\/compute-1"/],
  ] as const)('goes on where the builder was killed, %s', async ([, moment], context) => {
    const rehearsal = rehearse(context);
    const faults = faulty(rehearsal, MIRROR.replace('MILESTONE', 'Starting Nova'));
    const first = rehearsal.start(...CREATE, '--progress', 'json', ...faults);
    await waitForOutput(first, (output) => moment.test(output));
    await killHard(first);
    const again = await rehearsal.run(...CREATE, '--progress', 'none', ...faults);
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(stacked(rehearsal, 'compute-1')).toEqual(ONCE);
    context.expect(rehearsal.countMade('server')).toBe(3);
  });
});
