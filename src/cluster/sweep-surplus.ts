/** The sweep at both ends of a run: late twins of ours that nobody adopted are found and removed (promise S1b). */
import type { Cloud, Survey } from '../cloud/cloud.ts';
import { deleteOwned } from '../cloud/delete-owned.ts';
import type { EmitEvent } from '../engine/events.ts';
import type { StepRecord } from '../engine/journal.ts';
import type { ClusterRecord, Run } from '../journal/state.ts';
import { DELETE_ORDER, ownedBy, surplusOf } from '../plan/ownership.ts';

/** Deletes what carries our mark and was adopted by no step; at the `start` of a run only what nobody knows yet. */
export async function sweepSurplus(
  cloud: Cloud,
  cluster: ClusterRecord,
  run: Run,
  steps: readonly StepRecord[],
  survey: Survey,
  emit: EmitEvent,
  signal: AbortSignal,
  when: 'start' | 'end',
): Promise<void> {
  // A twin whose delete was sent, but which is still listed, is asked for again. What is to be replaced has its own step.
  const adopted = new Set(
    run
      .listResources()
      .flatMap(({ cloudId, state }) =>
        cloudId !== null && (when === 'start' || state === 'present') ? [cloudId] : [],
      ),
  );
  const openNonces = new Set(
    steps.flatMap(({ attempts }) => attempts.filter(({ endedAt }) => endedAt === null).map(({ nonce }) => nonce)),
  );
  const surplus = surplusOf(ownedBy(survey, cluster.id, cluster.scope.projectId), adopted, openNonces);
  for (const kind of DELETE_ORDER) {
    for (const object of surplus.filter((candidate) => candidate.kind === kind)) {
      emit({
        type: 'notice',
        level: 'warning',
        text: `W4004 surplus: removing the duplicate ${object.kind} ${object.name} (${object.id})`,
      });
      // In delete order, one by one: twins are rare, and a port frees only after its server.
      await run.setResourceState(object.kind, object.id, object.mark.key, object.mark.generation, 'surplus');
      await deleteOwned(cloud, object, cluster, false, signal);
      await run.setResourceState(object.kind, object.id, object.mark.key, object.mark.generation, 'deleting');
    }
  }
}
