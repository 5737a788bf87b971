/** The agent's supervisor killed at its system calls: the list of the moments, and what came of a job at each. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentLanguage, parseAnswer, type ReportWish, statusOf } from '../../src/remote/agent-call.ts';
import { readAgentText } from '../../src/remote/agent-text.ts';
import { job } from '../contract/remote.suite.ts';

const WISH: ReportWish = { offset: 0, prefixSha256: null, waitMs: 0, until: 'exit', limit: 4096 };
// Without these a supervisor does nothing: what lies between two of them is one moment.
const CALLS =
  'openat,clone,clone3,vfork,fork,dup2,dup3,fcntl,wait4,write,close,pipe2,read,faccessat,faccessat2,stat,newfstatat';

/** The `nth` call of that name; `withHelpers` kills its wrapper, its helpers and the script at theirs, too. */
export interface KillPoint {
  readonly call: string;
  readonly nth: number;
  readonly withHelpers: boolean;
}

export interface KillOutcome {
  readonly point: string;
  readonly isKilled: boolean;
  readonly runs: number;
  /** Empty when the job did not come to an end. */
  readonly verdict: string;
}

/** Why no supervisor can be killed here; null when one can. */
export function whyNoKillPoints(): string | null {
  const hasStrace = spawnSync('strace', ['-V']).status === 0;
  return hasStrace && process.getuid?.() === 0 ? null : 'strace is missing (apt install strace), or we are not root';
}

function sh(call: { readonly command: string; readonly stdin: Buffer }): NonNullable<ReturnType<typeof parseAnswer>> {
  const { stdout } = spawnSync('/bin/sh', ['-c', call.command], { input: call.stdin });
  const answer = parseAnswer(stdout);
  if (answer === null) throw new Error(`no answer to ${call.command}`);
  return answer;
}

/** An agent installed in a folder of its own. */
export class KillBench {
  private readonly root = mkdtempSync(join(tmpdir(), 'builder-kill-'));
  private readonly language = new AgentLanguage(
    { root: this.root, graceMs: 300, stragglerMs: 300 },
    readAgentText(),
    'root',
  );

  constructor() {
    const { command, stdin } = this.language.install();
    const { stdout } = spawnSync('/bin/sh', ['-c', command], { input: stdin });
    if (!stdout.toString().includes('builder-agent-ready')) throw new Error(`no agent: ${stdout.toString()}`);
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Every call of one undisturbed run, killing the supervisor alone and with its helpers. */
  listPoints(): readonly KillPoint[] {
    const spec = job('echo out');
    sh(this.language.run(spec, WISH, 'put'));
    const trace = join(this.root, 'trace');
    this.superviseUnder(['-qq', '-o', trace, '-e', `trace=${CALLS}`], spec.id);
    const seen = new Map<string, number>();
    return readFileSync(trace, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const call = /^([a-z0-9_]+)\(/.exec(line)?.[1];
        if (call === undefined) return [];
        const nth = (seen.get(call) ?? 0) + 1;
        seen.set(call, nth);
        return [false, true].map((withHelpers) => ({ call, nth, withHelpers }));
      });
  }

  /** Runs one job whose first supervisor dies at the point, and asks for it until it has an end. */
  killAt({ call, nth, withHelpers }: KillPoint): KillOutcome {
    const point = `${call}-${nth}${withHelpers ? '-helpers' : ''}`;
    const count = join(this.root, `count-${point}`);
    const spec = job(`echo ran >>${count}; echo out; exit 3`);
    sh(this.language.run(spec, WISH, 'put'));
    const follow = withHelpers ? ['-f'] : [];
    const isKilled = this.superviseUnder(
      [...follow, '-qq', '-o', '/dev/null', '-e', `inject=${call}:signal=SIGKILL:when=${nth}`],
      spec.id,
    );
    let status = statusOf(sh(this.language.start(spec.id, 1, WISH)));
    for (let tries = 0; status.state !== 'done' && tries < 5; tries += 1) {
      status = statusOf(sh(this.language.start(spec.id, 1, { ...WISH, waitMs: 5_000 })));
    }
    const runs = existsSync(count) ? readFileSync(count, 'utf8').split('\n').length - 1 : 0;
    return { point, isKilled, runs, verdict: status.state === 'done' ? status.result.verdict : '' };
  }

  /** True when the supervisor was killed. */
  private superviseUnder(strace: readonly string[], id: string): boolean {
    const agent = this.language.tail(id, WISH).command.split(' ')[1] ?? '';
    const { signal } = spawnSync('strace', [...strace, 'sh', agent, 'supervise', this.root, id, '300', '300'], {
      stdio: 'ignore',
    });
    return signal === 'SIGKILL';
  }
}

/** What is broken in an outcome; null when it is as promised. */
export function faultOf({ point, runs, verdict }: KillOutcome): string | null {
  if (runs > 1) return `${point}: the script ran ${runs} times`;
  if (verdict === '') return `${point}: the job came to no end`;
  if (verdict === 'exited' && runs === 0) return `${point}: a script that never ran has exited`;
  // Killing the supervisor alone never costs a result, but between `started` and the birth of the wrapper.
  const isLost = runs === 1 && verdict !== 'exited' && !point.endsWith('helpers');
  return isLost ? `${point}: the result was lost (${verdict})` : null;
}
