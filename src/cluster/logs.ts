/** Which log files a step has left, and how they are shown. */
import { isAbsolute, join } from 'node:path';
import { BuilderError } from '../errors.ts';
import type { ClusterRecord, StateReader } from '../journal/state.ts';

export interface StepLogFile {
  readonly stepKey: string;
  readonly generation: number;
  readonly attempt: number;
  readonly path: string;
}

/** `run-stack` and `run-stack/controller` both mean the step. */
function isStep(stepKey: string, wanted: string): boolean {
  return stepKey === wanted || stepKey.slice(0, stepKey.indexOf('/')) === wanted;
}

function noLog(node: string, step: string | undefined, existing: readonly StepLogFile[]): BuilderError {
  const steps = [...new Set(existing.map(({ stepKey }) => stepKey))];
  const message =
    step === undefined ? `node ${node} has no log yet` : `node ${node} has no log of step "${step.slice(0, 80)}"`;
  return new BuilderError('bad-option', message, {
    fix: steps.length === 0 ? 'see what runs: ./builder status' : `steps with a log: ${steps.join(', ')}`,
  });
}

/**
 * The log files of a node in the order they were begun. A named step narrows them; an attempt narrows them further; with
 * neither, all of them. Paths in the journal are absolute or relative to the state folder. Throws `bad-option` when none fits.
 */
export function findLogs(
  reader: Pick<StateReader, 'listLogs'>,
  cluster: ClusterRecord,
  wanted: { readonly node: string; readonly step: string | undefined; readonly attempt: number | undefined },
  stateFolder: string,
): readonly [StepLogFile, ...StepLogFile[]] {
  const ofNode = reader
    .listLogs(cluster.id)
    .filter(({ node, stepKey }) => node === wanted.node || (node === null && stepKey.endsWith(`/${wanted.node}`)))
    .map(({ stepKey, generation, attempt, position: { file } }) => ({
      stepKey,
      generation,
      attempt,
      path: isAbsolute(file) ? file : join(stateFolder, file),
    }));
  const { step, attempt } = wanted;
  const [first, ...rest] = ofNode.filter(
    (log) => (step === undefined || isStep(log.stepKey, step)) && (attempt === undefined || log.attempt === attempt),
  );
  if (first === undefined) throw noLog(wanted.node, step, ofNode);
  return [first, ...rest];
}

/**
 * Whether nothing will be added to a log any more: its attempt ended, or no builder works (a remote job may go on, but nobody
 * fetches its log).
 */
export function isLogComplete(reader: StateReader, cluster: ClusterRecord, log: StepLogFile): boolean {
  if (reader.owner() === null) return true;
  const step = reader
    .listSteps(cluster.id)
    .find(({ planned, generation }) => planned.key === log.stepKey && generation === log.generation);
  const attempt = step?.attempts.find(({ number }) => number === log.attempt);
  return attempt === undefined || (attempt.state !== 'intent' && attempt.state !== 'uncertain');
}
