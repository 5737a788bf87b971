/** The programs around DevStack: its checkout, local.conf, stack.sh itself, and the mapping of hypervisors. */
import { createHash } from 'node:crypto';
import { spread } from '../chance.ts';
import { type Change, type Hold, type JobRow, nodeKey, put, remove, type StackRow } from '../world.ts';
import { isTrusted, removeCa } from './certificate-programs.ts';
import { elapsedMs } from './hold.ts';
import { hasDone, isStackRun } from './job-kinds.ts';
import { jobRanUntilMs, jobState } from './jobs.ts';
import { hostnameOf, nodeAt } from './neighbours.ts';
import { keptFile, readFileOn, stackJobOf, writeFile } from './node-files.ts';
import { fails, lasting, says, shellError } from './program-parts.ts';
import { readLocalrc } from './shell-text.ts';
import { endAfterMs, LOG_FILE, middleOf, milestonesOf } from './stack-run.ts';
import { LOCAL_CONF, membersOf } from './stacked-cloud.ts';
import type { NodeView, Program, ProgramCall, ProgramTable } from './view.ts';

const CHECKOUT = '/opt/stack/devstack';
const CONTROLLER_MS = 1_500_000;
const COMPUTE_MS = 600_000;
/** Of a node with a database, a message queue or a conductor, and no hypervisor (devstack.md section 8). */
const SUPPORT_MS = 300_000;

/** The end of a script under `set -e` whose folder is not there. */
function failsToEnter(call: ProgramCall, line: number, folder: string): Program {
  return fails(2, [shellError(call, line, `cd: can't cd to ${folder}`)]);
}

/** A script that says nothing and works in a folder which an earlier job made. */
function quietIn(folder: string, maker: string, fromMs: number, toMs: number): (call: ProgramCall) => Program {
  return (call) => (hasDone(call.view, maker) ? says([], lasting(call, fromMs, toMs)) : failsToEnter(call, 3, folder));
}

function writeLocalConf(call: ProgramCall): Program {
  const { env, view } = call;
  const draft = `${CHECKOUT}/.local.conf.new`;
  if (!hasDone(view, 'clone-devstack')) {
    return fails(2, [shellError(call, 4, `cannot create ${draft}: Directory nonexistent`)]);
  }
  const text = Buffer.from(env['LOCAL_CONF'] ?? '', 'base64').toString('utf8');
  if (createHash('sha256').update(text).digest('hex') !== env['SHA256']) return fails(1, []);
  return says([], lasting(call, 100, 300), [writeFile(view, LOCAL_CONF, text)]);
}

/** When a controller's Keystone answers; infinite when its stack.sh does not bring it up. */
function keystoneUpMs(controller: NodeView): number {
  const job = stackJobOf(controller);
  if (job === undefined || job.start === null || job.start.stack === null) return Infinity;
  const milestones = milestonesOf(job.start.stack);
  const index = milestones.findIndex(({ name }) => name === 'keystone');
  const next = milestones[index + 1];
  if (index < 0 || next === undefined) return Infinity;
  const upMs = job.start.atMs + elapsedMs(job.start.hold ?? null, next.afterMs);
  const state = jobState(job, controller);
  const ranUntilMs = state.state === 'running' ? state.endsMs : jobRanUntilMs(job, controller);
  return upMs <= ranUntilMs ? upMs : Infinity;
}

type Failure = Pick<StackRow, 'failsAt' | 'lastWords'> & { readonly code: number };

/** A compute registers itself with the controller; without one it waits in vain. One that is held comes to that when it is released. */
function registrationFailure(
  run: Pick<StackRow, 'services' | 'lastsMs' | 'localrc'>,
  startMs: number,
  hold: Hold | null,
  view: NodeView,
): Failure | null {
  if (run.services.includes('key') || !run.services.includes('n-cpu')) return null;
  if (hold !== null && hold.waitedMs === null) return null;
  const controller = nodeAt(view, run.localrc['SERVICE_HOST'] ?? '');
  const triesUntilMs = startMs + elapsedMs(hold, middleOf(run, 'nova-start') ?? run.lastsMs);
  const isDistrusting = run.services.includes('tls-proxy') && controller !== null && !isTrusted(view, controller);
  if (controller !== null && keystoneUpMs(controller) <= triesUntilMs && !isDistrusting) return null;
  const seconds = run.localrc['NOVA_READY_TIMEOUT'] ?? '60';
  const words = [
    `Didn't find service registered by hostname after ${seconds} seconds`,
    // As stack.sh lists the services then, for whoever reads its log.
    ...(isDistrusting ? ['certificate verify failed: self-signed certificate in certificate chain'] : []),
  ];
  return { failsAt: 'nova-start', lastWords: words, code: 124 };
}

function failureOf(
  run: Pick<StackRow, 'services' | 'lastsMs' | 'localrc'>,
  hold: Hold | null,
  view: NodeView,
): Failure | null {
  const { isDiskFull, stack } = view.faults;
  if (isDiskFull) {
    const words = [
      'error: copy-fd: write returned: No space left on device',
      'fatal: cannot copy to the object database',
    ];
    return { failsAt: 'sources', lastWords: words, code: 1 };
  }
  // A milestone that this node never comes to cannot fail.
  if (stack !== null && middleOf(run, stack.failsAt) !== null) {
    const words = stack.words ?? [`[ERROR] ${CHECKOUT}/functions-common:1142 ${stack.failsAt} failed`];
    return { failsAt: stack.failsAt, lastWords: words, code: 1 };
  }
  return registrationFailure(run, view.nowMs, hold, view);
}

/** In the hold, long enough after its beginning for everybody to see it wait. */
const INTO_HOLD_MS = 60_000;

/** When the server reboots at this milestone, from the start; infinite where nobody knows that yet, null where it never comes there. */
function rebootAfterMs(row: StackRow, hold: Hold | null, milestone: string): number | null {
  const own = middleOf(row, milestone);
  if (own === null) return null;
  return elapsedMs(hold, own) + (own === hold?.afterMs ? INTO_HOLD_MS : 0);
}

function rebootIn(row: StackRow, startMs: number, hold: Hold | null, view: NodeView): readonly Change[] {
  const milestone = row.rebootsAt ?? view.faults.rebootAt;
  const afterMs = milestone === null ? null : rebootAfterMs(row, hold, milestone);
  if (afterMs === null || afterMs === Infinity) return [];
  const reboot = { atMs: startMs + afterMs, bootId: view.uuid() };
  return [put('server', view.server.id, { ...view.server, reboot })];
}

function runStack(call: ProgramCall): Program {
  const { id, view } = call;
  if (!hasDone(view, 'clone-devstack')) return failsToEnter(call, 2, CHECKOUT);
  const text = keptFile(view, LOCAL_CONF)?.toString('utf8');
  if (text === undefined) return fails(1, ['ENTER A PASSWORD TO USE FOR THE DATABASE.', 'Error on exit']);
  const { assignments, services } = readLocalrc(text);
  const { seed } = view.settings;
  const usualMs = services.includes('key') ? CONTROLLER_MS : services.includes('n-cpu') ? COMPUTE_MS : SUPPORT_MS;
  const run = {
    seed: `${seed} ${view.server.name} ${id}`,
    host: hostnameOf(view),
    localrc: assignments,
    services,
    lastsMs: Math.round(usualMs * (0.9 + 0.2 * spread(seed, 'stack', view.server.name, id))),
  };
  const afterMs = middleOf(run, 'waiting');
  const hold = afterMs === null ? null : { afterMs, waitedMs: null };
  const { code, ...failure } = failureOf(run, hold, view) ?? { failsAt: null, lastWords: [], code: 0 };
  const { rebootAt } = view.faults;
  const isLater = rebootAt !== null && rebootAfterMs({ ...run, ...failure }, hold, rebootAt) === Infinity;
  const stack: StackRow = { ...run, ...failure, ...(isLater ? { rebootsAt: rebootAt } : {}) };
  return {
    ...(afterMs === null ? {} : { holdAfterMs: afterMs }),
    prints: [],
    stack,
    lastsMs: endAfterMs(stack),
    ending: { verdict: 'exited', code },
    changes: rebootIn(stack, view.nowMs, hold, view),
  };
}

/** The run of stack.sh that is held on this server, after its release: what it comes to is settled now. */
function released(job: JobRow, view: NodeView): readonly Change[] {
  const { start } = job;
  if (start?.hold === undefined || start.hold.waitedMs !== null) return [];
  const { afterMs } = start.hold;
  const hold = { afterMs, waitedMs: Math.max(0, view.nowMs - start.atMs - afterMs) };
  const { stack } = start;
  if (stack === null) return [put('job', nodeKey(job.serverId, job.id), { ...job, start: { ...start, hold } })];
  const failure = stack.failsAt === null ? registrationFailure(stack, start.atMs, hold, view) : null;
  const ending = { verdict: 'exited', code: failure?.code ?? start.ending.code } as const;
  const told: StackRow =
    failure === null ? stack : { ...stack, failsAt: failure.failsAt, lastWords: failure.lastWords };
  const now = { ...start, hold, stack: told, lastsMs: endAfterMs(told), ending };
  const reboots = stack.rebootsAt === undefined ? [] : rebootIn(told, start.atMs, hold, view);
  return [put('job', nodeKey(job.serverId, job.id), { ...job, start: now }), ...reboots];
}

function releaseStack(call: ProgramCall): Program {
  const { view } = call;
  const jobs = [...view.world.job.values()].filter(
    (job) => job.serverId === view.server.id && isStackRun(job.id) && jobState(job, view).state === 'running',
  );
  return says(
    [],
    lasting(call, 50, 150),
    jobs.flatMap((job) => released(job, view)),
  );
}

/** Takes longer the more services there are to be stopped. */
function unstack(call: ProgramCall): Program {
  const { view } = call;
  if (!hasDone(view, 'clone-devstack')) return failsToEnter(call, 11, CHECKOUT);
  const changes = [...removeCa(view), remove('file', nodeKey(view.server.id, `${LOG_FILE}.summary`))];
  return says(['+ run_phase unstack', '+ rm -Rf /opt/stack/async'], lasting(call, 30_000, 120_000), changes);
}

/** A script for a node that was stacked; on another it fails with these words, or has nothing to do. */
function afterStacking(otherwise: string | null, fromMs: number, toMs: number): (call: ProgramCall) => Program {
  return (call) => {
    if (hasDone(call.view, 'run-stack')) return says([], lasting(call, fromMs, toMs));
    return otherwise === null ? says([], 100) : fails(127, [shellError(call, 3, otherwise)]);
  };
}

/** Looks for the line of success, and for a while when it is not there. */
function readCompletion(call: ProgramCall): Program {
  const summary = readFileOn(call.view, `${LOG_FILE}.summary`)?.toString('utf8') ?? '';
  const line = summary.split('\n').find((each) => each.includes('stack.sh completed in'));
  return line === undefined ? says([], 15_000) : says([line], 100);
}

const LOOK_MS = 6_000;

/** A hypervisor can be mapped once its stacking has ended well; its cell is what its own local.conf said, if the controller has it. */
function discoverHosts(call: ProgramCall): Program {
  const { env, view } = call;
  const words = (name: string): readonly string[] => (env[name] ?? '').split(' ').filter((word) => word !== '');
  const expected = words('EXPECTED');
  const living = membersOf(view).filter(({ isAlive, cell }) => isAlive && cell !== '');
  const cells = new Map(living.flatMap(({ hypervisors, cell }) => hypervisors.map((name) => [name, cell] as const)));
  const missing = expected.filter((name) => !cells.has(name));
  const found = expected.filter((name) => !missing.includes(name)).map((name) => `Found host ${name}`);
  if (missing.length > 0) {
    return fails(1, [...found, `not mapped to a cell: ${missing.join(' ')}`], Number(env['LOOKS']) * LOOK_MS);
  }
  for (const [cell, name] of words('CELLS').map((place) => place.split('/') as [string, string])) {
    const actual = cells.get(name);
    if (actual !== cell) return fails(1, [...found, `${name} is not mapped to ${cell}, but to ${actual}/${name}`]);
  }
  return says([...found, ...expected.map((name) => `mapped=${name}`)], lasting(call, LOOK_MS, 2 * LOOK_MS));
}

export const DEVSTACK_PROGRAMS: ProgramTable = {
  'configure-git': quietIn('/opt/stack', 'create-stack-user', 200, 500),
  'clone-devstack': quietIn('/opt/stack', 'create-stack-user', 5_000, 15_000),
  'apply-patches': quietIn(CHECKOUT, 'clone-devstack', 500, 2_000),
  'install-plugin': quietIn('/opt/stack', 'create-stack-user', 300, 800),
  'install-builder-plugin': quietIn('/opt/stack', 'create-stack-user', 300, 800),
  'write-local-conf': writeLocalConf,
  'write-compute-id': (call) =>
    says([], lasting(call, 100, 300), [writeFile(call.view, '/etc/nova/compute_id', call.env['COMPUTE_ID'] ?? '')]),
  'release-stack': releaseStack,
  'run-stack': runStack,
  'run-stack-completion': readCompletion,
  // Services fail in no rehearsal; what fails there stands in stack.sh's log.
  'run-stack-errors': () => says([], 300),
  unstack,
  'keep-public-bridge': afterStacking(null, 200, 600),
  'create-vhosts': afterStacking('rabbitmqctl: not found', 1_000, 3_000),
  'stop-idle-twins': afterStacking(null, 2_000, 6_000),
  'discover-hosts': discoverHosts,
};
