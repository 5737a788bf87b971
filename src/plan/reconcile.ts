/** What a resumed create must mend first: servers that vanished or broke, steps that failed, and who else was here. */
import type { Survey } from '../cloud/cloud.ts';
import type { StepRecord } from '../engine/journal.ts';
import { BuilderError } from '../errors.ts';
import { needsFreshServer } from './recover.ts';

export interface Reconciliation {
  /** Nodes whose server must be made anew, each with the reason. */
  readonly replace: ReadonlyMap<string, string>;
  /** Failed steps that are simply tried again. */
  readonly reopen: readonly number[];
}

/** Objects with a higher epoch than ours were made by a later builder: this state is an older copy (promise S9). */
export function checkEpoch(survey: Survey, clusterId: string, epoch: number): void {
  const marks = [...survey.servers, ...survey.ports, ...survey.floatingIps, ...survey.securityGroups].map(
    ({ mark }) => mark,
  );
  const newest = Math.max(0, ...marks.filter((mark) => mark?.cluster === clusterId).map((mark) => mark?.epoch ?? 0));
  if (newest <= epoch) return;
  throw new BuilderError('rolled-back', `the cloud's objects carry epoch ${newest}, this state says ${epoch}`, {
    state: 'nothing was touched',
    fix: 'bring back the newest copy of the state; with none: ./builder destroy --cluster-id ID',
  });
}

function replacementOf(step: StepRecord, survey: Survey): string | null {
  const { kind, node } = step.planned;
  if (node === null) return null;
  if (step.state === 'failed') {
    const code = step.attempts.at(-1)?.error?.code ?? '';
    return needsFreshServer(kind, code) ? `${kind} failed (${code})` : null;
  }
  // Blind lists prove nothing about absence.
  if (kind !== 'create-server' || step.state !== 'done' || survey.blindness.length > 0) return null;
  const id = step.output?.['serverId'];
  const server = survey.servers.find((candidate) => candidate.id === id);
  if (server === undefined) return 'its server is gone';
  return server.status === 'ERROR' ? `its server is in ERROR: ${server.fault ?? 'no fault given'}` : null;
}

/** Throws `drift` for a port or a security group of ours that is gone: addresses and rules hang on them. */
function checkLasting(steps: readonly StepRecord[], survey: Survey): void {
  if (survey.blindness.length > 0) return;
  const present = new Set([...survey.ports, ...survey.securityGroups, ...survey.floatingIps].map(({ id }) => id));
  for (const { planned, state, output } of steps) {
    const id = output?.['portId'] ?? output?.['securityGroupId'] ?? output?.['floatingIpId'];
    if (state === 'done' && planned.lifetime === 'cluster' && typeof id === 'string' && !present.has(id)) {
      throw new BuilderError('drift', `${planned.key} was made as ${id}, and it is gone from the cloud`, {
        at: planned.key,
        state: 'the other nodes are as they were',
        fix: './builder destroy, then create again: every node knows the old address',
      });
    }
  }
}

/** Pure: the stored plan rules, the survey says what is left of it. */
export function reconcile(steps: readonly StepRecord[], survey: Survey): Reconciliation {
  checkLasting(steps, survey);
  const replace = new Map<string, string>();
  for (const step of steps) {
    const reason = replacementOf(step, survey);
    if (reason !== null && step.planned.node !== null && !replace.has(step.planned.node))
      replace.set(step.planned.node, reason);
  }
  const reopen = steps.filter(({ state }) => state === 'failed').map(({ id }) => id);
  return { replace, reopen };
}
