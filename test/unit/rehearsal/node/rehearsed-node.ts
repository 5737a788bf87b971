/** Rehearsed servers of a test: a world with nodes, a clock that the test turns, and the production client's questions. */
import { randomUUID } from 'node:crypto';
import { makeKeyPair } from '../../../../src/host/key-pair.ts';
import { idOf, QUOTAS } from '../../../../src/rehearsal/account.ts';
import { FLAVORS, IMAGES } from '../../../../src/rehearsal/base-images.ts';
import { effectOf, reportOf } from '../../../../src/rehearsal/node/agent.ts';
import { type AgentCommand, readCommand } from '../../../../src/rehearsal/node/command.ts';
import type { NodeFaults, NodeView, ProgramSource } from '../../../../src/rehearsal/node/view.ts';
import { applyChanges, emptyWorld, type PortRow, put, type ServerRow } from '../../../../src/rehearsal/world.ts';
import {
  type AgentAnswer,
  type AgentCall,
  AgentLanguage,
  parseAnswer,
  type ReportWish,
  statusOf,
} from '../../../../src/remote/agent-call.ts';
import type { JobSpec } from '../../../../src/remote/remote.ts';

export const LANGUAGE = new AgentLanguage(
  { root: '/var/lib/builder', graceMs: 30_000, stragglerMs: 5_000 },
  'the text of the agent',
  'debian',
);
export const GLANCE: ReportWish = { offset: 0, prefixSha256: null, waitMs: 0, until: 'exit', limit: 4_000_000 };
/** Modelled time 0. */
const BEGAN_AT = Date.parse('2026-03-01T12:00:00Z');
const NO_FAULTS: NodeFaults = { isDiskFull: false, stack: null, rebootAt: null };

export function spec(id: string, changes: Partial<JobSpec> = {}): JobSpec {
  return { id, script: 'true\n', env: {}, epoch: 1, wallLimitMs: 10_800_000, quietLimitMs: null, ...changes };
}

export class RehearsedNodes {
  readonly world = emptyWorld();
  nowMs = 100_000;
  faults: NodeFaults = NO_FAULTS;
  programs: readonly ProgramSource[] = [];

  /** A server that has been up for a minute, with a port. */
  addServer(name: string, address: string): string {
    const id = randomUUID();
    const server: ServerRow = {
      id,
      name,
      imageId: IMAGES[0]!.id,
      flavorId: FLAVORS[3]!.id,
      zone: 'nova',
      metadata: {},
      tags: [],
      keyName: null,
      userData: '',
      portIds: [`port-${name}`],
      securityGroups: [],
      isLocked: false,
      isStopped: false,
      createdAtMs: 0,
      builtAtMs: 40_000,
      fault: null,
      firstBootId: `boot-of-${name}`,
      reboot: null,
      sshAfterMs: 10_000,
      deletedAtMs: null,
      goneAtMs: null,
      isSoftDeleted: false,
      visibleAtMs: 0,
      hostKey: makeKeyPair('').privateKey,
    };
    const port = {
      id: `port-${name}`,
      deviceId: id,
      deviceOwner: 'compute:nova',
      fixedIps: [{ subnet_id: idOf('subnet private'), ip_address: address }],
      isNovas: false,
    } as unknown as PortRow;
    applyChanges(this.world, [put('server', id, server), put('port', port.id, port)]);
    return id;
  }

  viewOf(serverId: string): NodeView {
    const { world, nowMs, faults, programs } = this;
    return {
      world,
      nowMs,
      utc: (modelMs) => new Date(BEGAN_AT + modelMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      wallAt: (modelMs) => new Date(BEGAN_AT + modelMs),
      uuid: () => randomUUID(),
      settings: { seed: 7, quotas: QUOTAS },
      server: world.server.get(serverId)!,
      faults,
      programs,
    };
  }

  reboot(serverId: string): void {
    const server = { ...this.world.server.get(serverId)!, reboot: { atMs: this.nowMs, bootId: randomUUID() } };
    applyChanges(this.world, [put('server', serverId, server)]);
  }

  /** The answer now, effects applied; what it waits for is asked of `report`. */
  ask(serverId: string, call: AgentCall): AgentAnswer {
    const command = agentCommand(call);
    const { refusal, changes } = effectOf(command, call.stdin, this.viewOf(serverId));
    applyChanges(this.world, changes);
    return parseAnswer(refusal ?? this.report(serverId, call).answer)!;
  }

  report(serverId: string, call: AgentCall): ReturnType<typeof reportOf> {
    return reportOf(agentCommand(call), call.stdin, this.viewOf(serverId));
  }

  /** Runs a job to its end, which the clock is turned to. */
  finish(serverId: string, job: JobSpec): { readonly output: string; readonly code: number | null } {
    this.ask(serverId, LANGUAGE.run(job, GLANCE));
    const tail = LANGUAGE.tail(job.id, { ...GLANCE, waitMs: 1_000 });
    for (let report = this.report(serverId, tail); report.isWorthWaiting; report = this.report(serverId, tail)) {
      this.nowMs = report.nextAtMs;
    }
    const answer = this.ask(serverId, tail);
    const status = statusOf(answer);
    if (status.state !== 'done') throw new Error(`${job.id} is ${status.state}`);
    return { output: answer.body.toString(), code: status.result.code };
  }
}

function agentCommand(call: AgentCall): AgentCommand {
  const command = readCommand(call.command);
  if (command.kind !== 'agent') throw new Error(`not a call of the agent: ${call.command}`);
  return command;
}
