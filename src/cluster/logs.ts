/** Which log files a step has left, and how they are shown. */
import { isAbsolute, join } from 'node:path';
import { isOpenAttempt } from '../engine/states.ts';
import { BuilderError } from '../errors.ts';
import type { ClusterRecord, StateReader } from '../journal/state.ts';

export interface StepLogFile {
  readonly stepKey: string;
  readonly generation: number;
  readonly attempt: number;
  readonly path: string;
}

/** The step that ends what this one begins, and keeps its log in the same file; null for all others. */
function successorOf(stepKey: string): string | null {
  return stepKey.startsWith('start-stack/') ? stepKey.replace('start-stack/', 'run-stack/') : null;
}

/** `run-stack` and `run-stack/controller` both mean the step. */
function isStep(stepKey: string, wanted: string): boolean {
  return [stepKey, successorOf(stepKey)].some(
    (key) => key !== null && (key === wanted || key.slice(0, key.indexOf('/')) === wanted),
  );
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
  const meant = ofNode.filter(
    (log) => (step === undefined || isStep(log.stepKey, step)) && (attempt === undefined || log.attempt === attempt),
  );
  // Two steps may keep one log: whoever has it now shows it.
  const [first, ...rest] = meant.filter(({ path }, index) => meant.findLastIndex((log) => log.path === path) === index);
  if (first === undefined) throw noLog(wanted.node, step, ofNode);
  return [first, ...rest];
}

/**
 * Whether nothing will be added to a log any more: its attempt ended, or no builder works (a remote job may go on, but nobody
 * fetches its log).
 */
export function isLogComplete(reader: StateReader, cluster: ClusterRecord, log: StepLogFile): boolean {
  if (reader.owner() === null) return true;
  const steps = reader.listSteps(cluster.id).filter(({ generation }) => generation === log.generation);
  const step = steps.find(({ planned }) => planned.key === log.stepKey);
  const attempt = step?.attempts.find(({ number }) => number === log.attempt);
  if (attempt !== undefined && isOpenAttempt(attempt)) return false;
  const successor = steps.find(({ planned }) => planned.key === successorOf(log.stepKey));
  return step?.state !== 'done' || successor === undefined || ['done', 'failed'].includes(successor.state);
}
