/** The rehearsed agent keeps the rules of the real one (test/contract/remote.suite.ts, src/remote/agent). */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { statusOf } from '../../../../src/remote/agent-call.ts';
import { GLANCE, LANGUAGE, RehearsedNodes, spec } from './rehearsed-node.ts';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** Says `one` at once, `two` after a second and `three` after ten, which is its end. */
const counting = spec('counting-g1-a1');
const COUNTED = 'one\ntwo\nthree\n';

let nodes: RehearsedNodes;
let server: string;
beforeEach(() => {
  nodes = new RehearsedNodes();
  nodes.programs = [
    (id) =>
      id.startsWith('counting-')
        ? {
            prints: [
              { afterMs: 0, output: 'one\n' },
              { afterMs: 1_000, output: Buffer.from('two\n') },
              { afterMs: 10_000, output: 'three\n' },
            ],
            lastsMs: 10_000,
            ending: { verdict: 'exited', code: 7 },
          }
        : null,
  ];
  server = nodes.addServer('lab-controller', '198.18.0.10');
});

describe('claiming', () => {
  it('runs a job once, however often it is put', () => {
    expect(statusOf(nodes.ask(server, LANGUAGE.run(counting, GLANCE)))).toEqual({ state: 'running', logBytes: 4 });
    nodes.nowMs += 5_000;
    expect(statusOf(nodes.ask(server, LANGUAGE.run(counting, GLANCE)))).toEqual({ state: 'running', logBytes: 8 });
    nodes.nowMs += 5_000;
    const answer = nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    expect(statusOf(answer)).toEqual({
      state: 'done',
      result: { verdict: 'exited', code: 7, logBytes: COUNTED.length, logSha256: sha256(COUNTED) },
    });
    expect(answer.body.toString()).toBe(COUNTED);
  });

  it('refuses other content under the same id', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    for (const changed of [{ script: 'false\n' }, { env: { A: 'b' } }]) {
      const answer = nodes.ask(server, LANGUAGE.run({ ...counting, ...changed }, GLANCE));
      expect(answer.fields.get('error')).toBe('conflict');
    }
  });

  it('keeps a job that was put until it is started', () => {
    const put = spec('unheard-of-g1-a1', { script: 'echo 12345\n' });
    expect(statusOf(nodes.ask(server, LANGUAGE.run(put, GLANCE, 'put')))).toEqual({ state: 'claimed', logBytes: 0 });
    expect(statusOf(nodes.ask(server, LANGUAGE.start(put.id, 1, GLANCE)))).toMatchObject({ state: 'running' });
    expect(nodes.finish(server, put).output).toBe('rehearsal: 11 bytes of script, not executed\n');
    expect(nodes.world.file.size).toBe(0);
  });

  it('tells an upload that was cut off, and claims nothing', () => {
    const call = LANGUAGE.run(counting, GLANCE);
    const answer = nodes.ask(server, { ...call, stdin: call.stdin.subarray(0, -1) });
    expect(answer.fields.get('error')).toBe('short');
    expect(nodes.world.job.size).toBe(0);
  });

  it('refuses older builders, and remembers newer ones even where they are refused', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    const newer = { ...counting, script: 'false\n', epoch: 5 };
    expect(nodes.ask(server, LANGUAGE.run(newer, GLANCE)).fields.get('error')).toBe('conflict');
    for (const call of [LANGUAGE.run(counting, GLANCE), LANGUAGE.start(counting.id, 4, GLANCE)]) {
      expect(nodes.ask(server, call).fields.get('error')).toBe('fenced');
    }
    expect(statusOf(nodes.ask(server, LANGUAGE.tail(counting.id, GLANCE))).state).toBe('running');
  });

  it('finds no room on a full disk', () => {
    nodes.faults = { ...nodes.faults, isDiskFull: true };
    expect(nodes.ask(server, LANGUAGE.run(counting, GLANCE)).fields.get('error')).toBe('disk');
  });

  it.each(['.hidden', 'a*b'])('takes no job called %s', (id) => {
    const { command, stdin } = LANGUAGE.tail('name', GLANCE);
    const answer = nodes.ask(server, { command: command.replace('name', id), stdin });
    expect(answer.fields.get('error')).toBe('bad-request');
  });
});

describe('reporting', () => {
  it('knows nothing of a job that was never put', () => {
    expect(statusOf(nodes.ask(server, LANGUAGE.tail(counting.id, GLANCE)))).toEqual({ state: 'absent', logBytes: 0 });
    const canceled = nodes.ask(server, LANGUAGE.cancel(counting.id, 1, GLANCE));
    expect(statusOf(canceled)).toEqual({ state: 'absent', logBytes: 0 });
  });

  it('prints the fields of the real one, in its order', () => {
    nodes.finish(server, counting);
    const { answer } = nodes.report(server, LANGUAGE.tail(counting.id, { ...GLANCE, limit: 3 }));
    expect(answer.toString()).toBe(`builder-agent 1
state done
verdict exited
code 7
ended 2026-03-01T12:01:50Z
boot_id boot-of-lab-controller
log_bytes 14
log_sha256 ${sha256(COUNTED)}
bytes 14
changed no

one`);
  });

  it('gives the piece that was asked for', () => {
    nodes.finish(server, counting);
    const answer = nodes.ask(server, LANGUAGE.tail(counting.id, { ...GLANCE, offset: 4, limit: 3 }));
    expect(answer.body.toString()).toBe('two');
    expect(answer.fields.get('changed')).toBe('no');
  });

  it('goes on where the prefix is the known one, and says so at once where it is not', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    const wish = { ...GLANCE, offset: 4, waitMs: 10_000, until: 'growth' } as const;
    const good = nodes.report(server, LANGUAGE.tail(counting.id, { ...wish, prefixSha256: sha256('one\n') }));
    expect(good).toMatchObject({ isWorthWaiting: true, waitMs: 10_000 });
    for (const bad of [{ prefixSha256: sha256('eno\n') }, { offset: 5 }]) {
      const call = LANGUAGE.tail(counting.id, { ...wish, ...bad });
      expect(nodes.report(server, call).isWorthWaiting).toBe(false);
      expect(nodes.ask(server, call).fields.get('changed')).toBe('yes');
      expect(nodes.ask(server, call).body).toHaveLength(0);
    }
  });

  it('waits for growth until the next line is due', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    const startedMs = nodes.nowMs;
    const grown = { ...GLANCE, waitMs: 10_000, until: 'growth' } as const;
    expect(nodes.report(server, LANGUAGE.tail(counting.id, grown)).isWorthWaiting).toBe(false);
    const more = LANGUAGE.tail(counting.id, { ...grown, offset: 4 });
    expect(nodes.report(server, more)).toMatchObject({ isWorthWaiting: true, nextAtMs: startedMs + 1_000 });
    nodes.nowMs += 1_000;
    expect(nodes.report(server, more).isWorthWaiting).toBe(false);
    expect(nodes.ask(server, more).body.toString()).toBe('two\n');
  });

  it('waits for the exit whatever the log says', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    const startedMs = nodes.nowMs;
    const report = nodes.report(server, LANGUAGE.tail(counting.id, { ...GLANCE, waitMs: 20_000 }));
    expect(report).toMatchObject({ isWorthWaiting: true, nextAtMs: startedMs + 10_000 });
  });

  it('reads a piece of a file, and nothing of one that is missing', () => {
    nodes.finish(
      server,
      spec('set-names-g1-a1', { env: { NODE_NAME: 'lab-controller', HOSTS: '198.18.0.10 lab-controller' } }),
    );
    expect(nodes.ask(server, LANGUAGE.readFile('/etc/hostname', 4, 7)).body.toString()).toBe('control');
    expect(nodes.ask(server, LANGUAGE.readFile('/tmp/no such file', 0, 10)).body).toHaveLength(0);
  });
});

describe('ending', () => {
  it('ends a job at its wall limit', () => {
    const limited = { ...counting, wallLimitMs: 5_000 };
    expect(nodes.finish(server, limited)).toEqual({ output: 'one\ntwo\n', code: null });
    expect(nodes.ask(server, LANGUAGE.tail(limited.id, GLANCE)).fields.get('verdict')).toBe('timeout');
  });

  it('cancels a job a second later, with the log it has until then', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    expect(statusOf(nodes.ask(server, LANGUAGE.cancel(counting.id, 1, GLANCE))).state).toBe('running');
    nodes.nowMs += 1_000;
    expect(statusOf(nodes.ask(server, LANGUAGE.cancel(counting.id, 1, GLANCE)))).toMatchObject({
      state: 'done',
      result: { verdict: 'canceled', code: null, logBytes: 8 },
    });
  });

  it('leaves a record as it is when somebody cancels afterwards', () => {
    nodes.finish(server, counting);
    expect(statusOf(nodes.ask(server, LANGUAGE.cancel(counting.id, 1, GLANCE)))).toMatchObject({
      result: { verdict: 'exited', code: 7 },
    });
  });

  it('never begins a job that was canceled before its start', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE, 'put'));
    const canceled = { state: 'done', result: { verdict: 'canceled', logBytes: 0 } };
    expect(statusOf(nodes.ask(server, LANGUAGE.cancel(counting.id, 1, GLANCE)))).toMatchObject(canceled);
    expect(statusOf(nodes.ask(server, LANGUAGE.start(counting.id, 1, GLANCE)))).toMatchObject(canceled);
  });

  it('tells a reboot under a job, and writes it down once it is looked after again', () => {
    nodes.ask(server, LANGUAGE.run(counting, GLANCE));
    nodes.nowMs += 2_000;
    nodes.reboot(server);
    nodes.nowMs += 60_000;
    const tail = LANGUAGE.tail(counting.id, { ...GLANCE, waitMs: 1_000 });
    expect(nodes.report(server, tail).isWorthWaiting).toBe(false);
    expect(statusOf(nodes.ask(server, tail))).toEqual({ state: 'rebooted', logBytes: 8 });
    const rebooted = { state: 'done', result: { verdict: 'rebooted', code: null, logBytes: 8 } };
    expect(statusOf(nodes.ask(server, LANGUAGE.start(counting.id, 1, GLANCE)))).toMatchObject(rebooted);
    nodes.reboot(server);
    nodes.nowMs += 60_000;
    expect(statusOf(nodes.ask(server, tail))).toMatchObject(rebooted);
  });

  it('keeps the record of a job that had ended before a reboot', () => {
    nodes.finish(server, counting);
    nodes.nowMs += 1;
    nodes.reboot(server);
    nodes.nowMs += 60_000;
    expect(statusOf(nodes.ask(server, LANGUAGE.start(counting.id, 1, GLANCE)))).toMatchObject({
      result: { verdict: 'exited', code: 7 },
    });
  });
});
