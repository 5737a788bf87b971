/** What the scripts of the remote port's suite do on a rehearsed server, which runs none: the same as sh on a real one. */
import { createHash } from 'node:crypto';
import type { Program, ProgramCall, ProgramSource } from '../../src/rehearsal/node/view.ts';
import { type Change, nodeKey, put, remove } from '../../src/rehearsal/world.ts';
import { PROBE_FILE, SCRIPTS } from './remote-scripts.ts';

type Print = Program['prints'][number];

/** Longer than any limit of the suite. */
const HANGING_MS = 60_000;
/** How long the agent waits for those who hold the log open. */
const STRAGGLING_MS = 5_000;

function said(output: string | Buffer, afterMs = 0): Print {
  return { afterMs, output };
}

/** Ends with its last print and this code, where nothing else is said. */
function telling(prints: readonly Print[], code = 0, changes: Partial<Program> = {}): Program {
  return { prints, lastsMs: prints.at(-1)?.afterMs ?? 0, ending: { verdict: 'exited', code }, ...changes };
}

function echoValue({ env }: ProgramCall): Program {
  const value = env['VALUE'] ?? '';
  return telling([said(`${value}${createHash('sha256').update(value).digest('hex')}  -\n`)]);
}

/** A program that says nothing and does this to the suite's file. */
function changing(change: (key: string, serverId: string) => Change): (call: ProgramCall) => Program {
  return ({ view: { server } }) => telling([], 0, { changes: [change(nodeKey(server.id, PROBE_FILE), server.id)] });
}

const PROGRAMS: Readonly<Record<keyof typeof SCRIPTS, (call: ProgramCall) => Program>> = {
  speakAndFail: () => telling([said('out\n'), said('err\n')], 7),
  tellTime: () => telling([said('1767225600000000000\n')]),
  killSelf: () => telling([], 0, { ending: { verdict: 'signaled', code: 9 } }),
  exitLikeKilled: () => telling([], 137),
  sayOne: () => telling([said('one\n')]),
  sayTwo: () => telling([said('two\n')]),
  echoValue,
  showSurroundings: () => telling([said('0022\n/\n0\nclean\n')]),
  count: () =>
    telling([said('1\n'), said('2\n', 200), said('3\n', 400), said(Buffer.from('\0\xffend', 'latin1'), 600)], 3),
  hang: () => telling([said('begun\n')], 0, { lastsMs: HANGING_MS }),
  hangInGroup: () => telling([said('begun\n')], 0, { lastsMs: HANGING_MS }),
  writeFile: changing((key, serverId) =>
    put('file', key, { serverId, path: PROBE_FILE, base64: Buffer.from('0123456789').toString('base64') }),
  ),
  removeFile: changing((key) => remove('file', key)),
  speakTwice: () => telling([said('begun\n'), said('ended\n', 3_000)]),
  leaveDaemon: () => telling([said('before\n')], 0, { lastsMs: STRAGGLING_MS }),
  leaveWriter: () => telling([said('first\n'), said('late\n', 500)]),
  // As good as chance, and the same whoever tells it.
  flood: () => telling([said(createHash('shake256', { outputLength: 5_000_000 }).update('flood').digest())]),
};

/** Knows the suite's scripts by their exact texts. */
export const suitePrograms: ProgramSource = (id, script, env, view) => {
  const names = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];
  const name = names.find((candidate) => SCRIPTS[candidate] === script);
  return name === undefined ? null : PROGRAMS[name]({ id, env, view });
};
