/** What the state knows of earlier runs of stack.sh, for each cloud apart: a rehearsal's times say nothing about real servers. */
import { BuilderError } from '../errors.ts';
import type { ClusterRecord, Run } from '../journal/state.ts';
import type { StepPorts } from '../steps/ports.ts';
import { cloudNameOf } from './saved-wishes.ts';

/** More would remember a cloud as it was long ago. */
const RUNS = 5;

export function openStackTimes(
  run: Pick<Run, 'listStageTimes' | 'recordStageTimes'>,
  cluster: Pick<ClusterRecord, 'id' | 'choices' | 'scope'>,
): StepPorts['stackTimes'] {
  const cloud = cloudNameOf(cluster) ?? cluster.scope.authUrl;
  const kindHere = (kind: readonly string[]): string => JSON.stringify([cloud, ...kind]);
  return {
    list(kind) {
      try {
        return run.listStageTimes(kindHere(kind), RUNS);
      } catch (error) {
        // What is only good for showing must not end a step; a state that is broken says so with the next write.
        if (!(error instanceof BuilderError)) throw error;
        return [];
      }
    },
    record: (kind, { key, generation }, times) =>
      run.recordStageTimes({ kind: kindHere(kind), source: JSON.stringify([cluster.id, key, generation]), times }),
  };
}
