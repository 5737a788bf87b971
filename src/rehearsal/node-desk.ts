/** The simulated servers without a socket: connections are let through or not, commands are answered, effects recorded. */

import type { Fault, JobEnding } from './fault-plan.ts';
import { loginsOf } from './logins.ts';
import { effectOf, type Report, reportOf } from './node/agent.ts';
import { type AgentCommand, answerInstall, readCommand } from './node/command.ts';
import { kindOf } from './node/job-kinds.ts';
import type { NodeFaults, NodeView, ProgramSource } from './node/view.ts';
import { type Reach, reachOf } from './reach.ts';
import type { SshAnswer, SshDesk } from './ssh-skin.ts';
import { type Change, nodeKey, type ServerRow } from './world.ts';
import type { WorldDesk } from './world-desk.ts';

/** Other processes may change the world while a command waits: it is looked at again after so many of our milliseconds. */
const LOOK_AGAIN_MS = 500;

/** Verbs by which a remote job may begin to run. */
const STARTING: ReadonlySet<string> = new Set(['run', 'start']);

function nodeFaultsOf(ending: JobEnding | undefined): NodeFaults {
  return {
    isDiskFull: ending?.kind === 'disk-full',
    stack:
      ending?.kind === 'stop'
        ? { failsAt: ending.milestone, ...(ending.prints !== null && { words: ending.prints.split('\n') }) }
        : null,
    rebootAt: ending?.kind === 'reboot' ? ending.milestone : null,
  };
}

/** A script that does nothing but end as the fault wants. */
function failingProgram(ending: JobEnding | undefined): readonly ProgramSource[] {
  if (ending?.kind !== 'exit') return [];
  const { code, prints } = ending;
  const output = prints === null ? [] : [{ afterMs: 0, output: `${prints}\n` }];
  return [() => ({ prints: output, lastsMs: 1_000, ending: { verdict: 'exited', code } })];
}

export class NodeDesk implements SshDesk {
  private readonly world: WorldDesk;
  private readonly programs: readonly ProgramSource[];

  /** `programs`: what scripts of tests do, asked before our own. */
  constructor(world: WorldDesk, programs: readonly ProgramSource[]) {
    this.world = world;
    this.programs = programs;
  }

  /** What a new connection meets: the modelled network, and what the fault script makes of it. */
  connect(address: string, port: number): { readonly reach: Reach; readonly ssh: Fault['ssh'] } {
    const { world, nowMs } = this.world.view();
    const reach = reachOf(world, address, port, nowMs);
    if (reach.kind !== 'open') return { reach, ssh: undefined };
    return { reach, ssh: this.countFault('connect', reach.server.name)?.ssh };
  }

  loginsOf(server: ServerRow): ReadonlyMap<string, readonly string[]> {
    return loginsOf(server, this.world.view().world);
  }

  readsStdin(command: string): boolean {
    return readCommand(command).kind !== 'foreign';
  }

  async answer(server: ServerRow, text: string, stdin: Buffer): Promise<SshAnswer | null> {
    const command = readCommand(text);
    if (command.kind === 'foreign') return NO_SHELL;
    const cut = this.countFault('session', server.name)?.session;
    if (cut === 'cut-before') return null;
    if (command.kind === 'install') return { stdout: answerInstall(command, stdin), stderr: '', code: 0 };
    const refusal = this.act(server, command, stdin);
    if (cut === 'cut-after') return null;
    return { stdout: refusal ?? (await this.report(server, command, stdin)), stderr: '', code: 0 };
  }

  private viewOf(server: ServerRow, faults: NodeFaults, programs: readonly ProgramSource[] = []): NodeView | null {
    const view = this.world.view();
    const now = view.world.server.get(server.id);
    return now === undefined ? null : { ...view, server: now, faults, programs: [...programs, ...this.programs] };
  }

  /** Carries out what changes something; the agent's refusal, or null when it is to report. */
  private act(server: ServerRow, command: AgentCommand, stdin: Buffer): Buffer | null {
    const jobId = command.words[0] ?? '';
    const deed = { operation: `${command.verb}-job`, subject: `${server.name} ${jobId}`, requestId: '' };
    return this.world.decide(deed, ({ world }) => {
      const isBegin = STARTING.has(command.verb) && (world.job.get(nodeKey(server.id, jobId))?.start ?? null) === null;
      const { fault, changes: counts } = isBegin
        ? this.world.chooseFault(kindOf(jobId), server.name)
        : { fault: null, changes: [] as readonly Change[] };
      const view = this.viewOf(server, nodeFaultsOf(fault?.ending), failingProgram(fault?.ending));
      if (view === null) return { result: Buffer.alloc(0), changes: [] };
      const { refusal, changes } = effectOf(command, stdin, view);
      return { result: refusal, changes: [...changes, ...counts] };
    });
  }

  /** Answers when what was asked to be waited for is there, or the asker's patience is over. */
  private async report(server: ServerRow, command: AgentCommand, stdin: Buffer): Promise<Buffer> {
    let waitedMs = 0;
    for (;;) {
      const view = this.viewOf(server, nodeFaultsOf(undefined));
      // The server went away under the command: its last words are none.
      if (view === null) return Buffer.alloc(0);
      const report: Report = reportOf(command, stdin, view);
      const leftMs = report.waitMs - waitedMs;
      if (!report.isWorthWaiting || leftMs <= 0) return report.answer;
      waitedMs += await this.world.sleep(report.nextAtMs - view.nowMs, Math.min(leftMs, LOOK_AGAIN_MS));
    }
  }

  private countFault(operation: string, subject: string): Fault | null {
    return this.world.decide({ operation, subject, requestId: '' }, () => {
      const { fault, changes } = this.world.chooseFault(operation, subject);
      return { result: fault, changes };
    });
  }
}

const NO_SHELL: SshAnswer = {
  stdout: Buffer.alloc(0),
  stderr:
    'This server is rehearsed: it answers the builder, but there is no machine behind it and no shell to log in to.\n',
  code: 1,
};
