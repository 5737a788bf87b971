/** Failures answered: what a resumed create mends before it goes on, and what a failed step costs while it runs. */
import type { Cloud, Survey } from '../cloud/cloud.ts';
import type { EmitEvent } from '../engine/events.ts';
import type { Replacement, StepRecord } from '../engine/journal.ts';
import { planReplacement } from '../engine/replace.ts';
import type { RunPlanOptions } from '../engine/run.ts';
import type { PlannedStep } from '../engine/step.ts';
import type { ClusterRecord, Run } from '../journal/state.ts';
import type { LayoutNode } from '../layout/layout.ts';
import { planNodes } from '../layout/nodes.ts';
import { restoreLayout } from '../layout/restore.ts';
import { planRemoval } from '../plan/create.ts';
import { forgetFirst } from '../plan/forget-hypervisors.ts';
import { checkNewest, reconcile } from '../plan/reconcile.ts';
import { answerAtOnce, isWithinBudget, type OnFailure, type Roles } from '../plan/recover.ts';
import { beginAfresh, planRestack, tellRestack } from '../plan/restack.ts';
import { STEP_KINDS } from '../steps/index.ts';
import { findGone } from './find-gone.ts';
import type { Parts } from './parts.ts';

/** Puts the stored plan and the cloud together again: vanished and broken servers get a new generation, failed steps a new try. */
export async function mend(
  run: Run,
  cloud: Cloud,
  cluster: ClusterRecord,
  onFailure: OnFailure,
  parts: Parts,
): Promise<Survey> {
  const all = run.journal.listSteps();
  const steps = stayingSteps(all, cluster);
  const { clock, signal, emit } = parts;
  const looking = { cloud, steps, settleMs: cluster.settleMs, emit, clock, signal };
  const { survey, gone } = await findGone(await cloud.survey(signal), looking);
  const nonces = new Set(run.listResources().flatMap(({ nonce }) => (nonce === null ? [] : [nonce])));
  checkNewest(survey, cluster.id, { epoch: run.journal.epoch, nonces });
  const { replace, restack, reopen } = reconcile(steps, survey, gone, { roles: rolesOf(cluster), onFailure });
  const departing = all.filter((step) => step.state === 'failed' && !steps.includes(step));
  if (replace.size > 0) {
    const reasons = [...replace].map(([node, reason]) => `${node}: ${reason}`).join('; ');
    await run.journal.replace(replacementFor(steps, [...replace.keys()], reasons, nodesOf(cluster)));
    for (const [node, reason] of replace) {
      emit({ type: 'node-replaced', node, generation: run.journal.generationOf(node), reason });
    }
  }
  for (const failed of restack) await restackLater(run, failed, nodesOf(cluster), emit);
  const live = new Set(run.journal.listSteps().map(({ id }) => id));
  const again = [...reopen, ...departing.map(({ id }) => id)].filter((id) => live.has(id));
  if (again.length > 0) await run.journal.reopenFailed(again);
  return survey;
}

/** What was begun on a server for good: once a stack.sh is released, it is in the clouds of the others. */
function isIrrevocable(name: string): boolean {
  const kind = STEP_KINDS.get(name);
  return kind?.repeat === 'once' || kind?.isIrrevocable === true;
}

function replacementFor(
  steps: readonly StepRecord[],
  nodes: readonly string[],
  reason: string,
  cluster: readonly LayoutNode[],
): Replacement {
  const replacement = planReplacement(steps, nodes, reason, planRemoval, isIrrevocable);
  return forgetFirst(beginAfresh(replacement), steps, cluster);
}

function restackFor(
  steps: readonly StepRecord[],
  failed: PlannedStep,
  error: { readonly code: string; readonly message: string },
  cluster: readonly LayoutNode[],
): Replacement {
  return forgetFirst(planRestack(steps, failed, error.code, error.message), steps, cluster);
}

function nodesOf({ layout }: ClusterRecord): readonly LayoutNode[] {
  return planNodes(restoreLayout(layout));
}

/** What becomes of a node that leaves is its departure's business: nothing of it is made anew. */
function stayingSteps(steps: readonly StepRecord[], { nodes }: ClusterRecord): readonly StepRecord[] {
  const leaving = new Set<string | null>(nodes.flatMap(({ name, isLeaving }) => (isLeaving === true ? [name] : [])));
  return steps.filter(({ planned }) => !leaving.has(planned.node));
}

function rolesOf({ nodes }: ClusterRecord): Roles {
  return new Map(nodes.map(({ name, role }) => [name, role]));
}

/** For a stack.sh that failed in an earlier run; a fresh server that was decided meanwhile may have swept its step away. */
async function restackLater(
  { journal }: Run,
  { id, planned, attempts }: StepRecord,
  cluster: readonly LayoutNode[],
  emit: EmitEvent,
): Promise<void> {
  const steps = journal.listSteps();
  const error = attempts.at(-1)?.error;
  if (error === undefined || error === null || steps.every((step) => step.id !== id)) return;
  await journal.replace(restackFor(steps, planned, error, cluster));
  emit({ type: 'notice', level: 'warning', text: tellRestack(planned, error.message) });
}

/** Answers a failed step with stack.sh again on its server, or with a fresh one while the budget lasts. */
export function recovery(
  cluster: ClusterRecord,
  onFailure: OnFailure,
  emit: EmitEvent,
): RunPlanOptions<unknown>['recover'] {
  const replaced = new Map<string, number>();
  return (failed, error, steps) => {
    const { node } = failed.planned;
    const staying = stayingSteps(steps, cluster);
    if (node === null || !staying.includes(failed)) return null;
    const answer = answerAtOnce(failed.planned, error, rolesOf(cluster), onFailure);
    if (answer === 'restack') {
      emit({ type: 'notice', level: 'warning', text: tellRestack(failed.planned, error.message) });
      return restackFor(staying, failed.planned, error, nodesOf(cluster));
    }
    if (answer === null) return null;
    if (!isWithinBudget(node, replaced, cluster.nodes.length)) return null;
    replaced.set(node, (replaced.get(node) ?? 0) + 1);
    return replacementFor(staying, [node], error.message, nodesOf(cluster));
  };
}
