/** A stack.sh of few words for simulations: what it prints is the business of other tests, that it is run once is theirs. */
import { kindOf } from '../../src/rehearsal/node/job-kinds.ts';
import { keptFile, writeFile } from '../../src/rehearsal/node/node-files.ts';
import type { NodeView, Program, ProgramSource } from '../../src/rehearsal/node/view.ts';

const WELL = { verdict: 'exited', code: 0 } as const;

const RUN: Program = {
  prints: [
    { afterMs: 0, output: 'Starting Keystone\n' },
    { afterMs: 300_000, output: 'Starting Nova\n' },
    { afterMs: 590_000, output: 'Keystone is serving at http://somewhere/identity/\n' },
  ],
  lastsMs: 600_000,
  ending: WELL,
};

/** It waits where its local.conf tells it to, and says so from its start. */
function runStack(view: NodeView): Program {
  const localConf = keptFile(view, '/opt/stack/devstack/local.conf')?.toString('utf8') ?? '';
  if (!localConf.includes('BUILDER_WAIT_FOR=')) return RUN;
  const summary = writeFile(view, '/opt/stack/logs/stack.sh.log.summary', 'Waiting for other nodes\n');
  return { ...RUN, holdAfterMs: 200_000, changes: [summary] };
}

const COMPLETION: Program = {
  prints: [{ afterMs: 0, output: 'stack.sh completed in 600 seconds.\n' }],
  lastsMs: 500,
  ending: WELL,
};

export const smallPrograms: ProgramSource = (id, _script, _env, view) => {
  const kind = kindOf(id);
  if (kind === 'run-stack') return runStack(view);
  return kind === 'run-stack-completion' ? COMPLETION : null;
};
