/** The agent's supervisor killed at its system calls: whatever the moment, the script runs at most once and the job gets an end. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AgentLanguage, parseAnswer, type ReportWish, statusOf } from '../../src/remote/agent-call.ts';
import { readAgentText } from '../../src/remote/agent-text.ts';
import { job } from '../contract/remote.suite.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0 && process.getuid?.() === 0;
if (!hasStrace) console.warn('skipping the kill points: strace is missing (apt install strace), or we are not root');

const root = mkdtempSync(join(tmpdir(), 'builder-kill-'));
const language = new AgentLanguage({ root, graceMs: 300, stragglerMs: 300 }, readAgentText(), 'root');
const wish: ReportWish = { offset: 0, prefixSha256: null, waitMs: 0, until: 'exit', limit: 4096 };
// Without these a supervisor does nothing: what lies between two of them is one moment.
const CALLS =
  'openat,clone,clone3,vfork,fork,dup2,dup3,fcntl,wait4,write,close,pipe2,read,faccessat,faccessat2,stat,newfstatat';

function sh(call: { readonly command: string; readonly stdin: Buffer }): NonNullable<ReturnType<typeof parseAnswer>> {
  const { stdout } = spawnSync('/bin/sh', ['-c', call.command], { input: call.stdin });
  const answer = parseAnswer(stdout);
  if (answer === null) throw new Error(`no answer to ${call.command}`);
  return answer;
}

/** True when the supervisor was killed. */
function superviseUnder(strace: readonly string[], id: string): boolean {
  const agent = language.tail(id, wish).command.split(' ')[1] ?? '';
  const { signal } = spawnSync('strace', [...strace, 'sh', agent, 'supervise', root, id, '300', '300'], {
    stdio: 'ignore',
  });
  return signal === 'SIGKILL';
}

interface Outcome {
  readonly point: string;
  readonly isKilled: boolean;
  readonly runs: number;
  /** Empty when the job did not come to an end. */
  readonly verdict: string;
}

/**
 * Runs one job whose first supervisor dies at the `nth` call of that name; `withHelpers` kills its wrapper, its helpers and the
 * script at theirs, too.
 */
function killAt(call: string, nth: number, withHelpers: boolean): Outcome {
  const point = `${call}-${nth}${withHelpers ? '-helpers' : ''}`;
  const count = join(root, `count-${point}`);
  const spec = job(`echo ran >>${count}; echo out; exit 3`);
  sh(language.run(spec, wish, 'put'));
  const follow = withHelpers ? ['-f'] : [];
  const isKilled = superviseUnder(
    [...follow, '-qq', '-o', '/dev/null', '-e', `inject=${call}:signal=SIGKILL:when=${nth}`],
    spec.id,
  );
  let status = statusOf(sh(language.start(spec.id, 1, wish)));
  for (let tries = 0; status.state !== 'done' && tries < 5; tries += 1) {
    status = statusOf(sh(language.start(spec.id, 1, { ...wish, waitMs: 5_000 })));
  }
  const runs = existsSync(count) ? readFileSync(count, 'utf8').split('\n').length - 1 : 0;
  return { point, isKilled, runs, verdict: status.state === 'done' ? status.result.verdict : '' };
}

function callsOfOneRun(): { readonly call: string; readonly nth: number }[] {
  const spec = job('echo out');
  sh(language.run(spec, wish, 'put'));
  const trace = join(root, 'trace');
  superviseUnder(['-qq', '-o', trace, '-e', `trace=${CALLS}`], spec.id);
  const seen = new Map<string, number>();
  return readFileSync(trace, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const call = /^([a-z0-9_]+)\(/.exec(line)?.[1];
      if (call === undefined) return [];
      seen.set(call, (seen.get(call) ?? 0) + 1);
      return [{ call, nth: seen.get(call) ?? 0 }];
    });
}

describe.skipIf(!hasStrace)('a supervisor killed at any moment', () => {
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('never runs a script twice and always leads to a record', () => {
    const install = language.install();
    expect(spawnSync('/bin/sh', ['-c', install.command], { input: install.stdin }).stdout.toString()).toContain(
      'builder-agent-ready',
    );
    const points = callsOfOneRun();
    // All of them take minutes (BUILDER_KILL_POINTS=all); every run of the suite takes an even sample.
    const stride = process.env['BUILDER_KILL_POINTS'] === 'all' ? 1 : Math.ceil(points.length / 30);
    const tried = points.filter((_, index) => index % stride === 0);
    expect(tried.length).toBeGreaterThan(20);
    const outcomes = tried.flatMap(({ call, nth }) => [killAt(call, nth, false), killAt(call, nth, true)]);
    const verdicts = Object.entries(Object.groupBy(outcomes, (each) => each.verdict)).map(
      ([verdict, list]) => `${verdict} ${list?.length}`,
    );
    console.info(`${outcomes.length} kill points: ${verdicts.join(', ')}`);
    expect(outcomes.filter((each) => each.runs > 1 || each.verdict === '')).toEqual([]);
    expect(outcomes.filter((each) => each.verdict === 'exited' && each.runs !== 1)).toEqual([]);
    // Killing the supervisor alone never costs a result, but between `started` and the birth of the wrapper.
    expect(
      outcomes.filter((each) => !each.point.endsWith('helpers') && each.runs === 1 && each.verdict !== 'exited'),
    ).toEqual([]);
    expect(outcomes.filter((each) => each.isKilled).length).toBeGreaterThan(tried.length);
  }, 900_000);
});
