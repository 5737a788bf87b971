/** Attempts whose end is not recorded, purely: which are meant, what was looked at, what is known, and what would settle them. */
import type { StepRecord } from '../engine/journal.ts';
import type { Resolution, Word } from '../engine/resolution.ts';
import { isOpenAttempt } from '../engine/states.ts';
import type { PlannedStep, RepeatClass } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';

/** What must be known of a kind of step. */
interface KindFacts {
  readonly repeat: RepeatClass;
  readonly resource?: { readonly kind: string; idOf(output: never): string };
  jobId?(generation: number, attempt: number, planned: Pick<PlannedStep, 'key' | 'input'>): string;
}

export interface DoubtReport {
  readonly step: string;
  readonly node: string | null;
  readonly generation: number;
  readonly attempt: number;
  /** Of the mark that its object carries, if it made one. */
  readonly nonce: string;
  /** UTC, ISO: when the intent was recorded; it was sent then or never. */
  readonly sentAt: string;
  /** What was looked at. */
  readonly evidence: string;
  readonly verdict: Exclude<Resolution['end'], 'canceled'>;
  readonly known: string;
  /** What would settle it; null where it is settled, or is taken up by the next create. */
  readonly remedy: string | null;
}

/** In plan order. */
export function openSteps(steps: readonly StepRecord[]): readonly StepRecord[] {
  return steps.filter(({ attempts }) => attempts.some(isOpenAttempt));
}

/** The steps that are meant: all open ones, or the named one. Throws `not-in-doubt`. */
export function chooseOpen(steps: readonly StepRecord[], key: string | null): readonly StepRecord[] {
  const open = openSteps(steps);
  const chosen = open.filter(({ planned }) => key === null || planned.key === key);
  if (key === null || chosen.length > 0) return chosen;
  const step = steps.find(({ planned }) => planned.key === key);
  const keys = open.map(({ planned }) => planned.key).join(', ');
  throw new BuilderError('not-in-doubt', `"${key.slice(0, 80)}" is ${step === undefined ? 'no step' : step.state}`, {
    state: 'nothing was changed',
    fix: keys === '' ? 'nothing is in doubt' : `in doubt: ${keys}`,
  });
}

function evidenceOf({ planned, generation }: StepRecord, attempt: number, kind: KindFacts, word: Word | null): string {
  if (word?.says === 'found') return `the object itself: ${word.id}`;
  if (kind.resource !== undefined) return `the cloud's lists: a ${kind.resource.kind} with this mark`;
  if (kind.jobId !== undefined)
    return `the record of job ${kind.jobId(generation, attempt, planned)} on ${planned.node}`;
  return 'nothing: it may be done again as it is';
}

function knownOf(resolution: Resolution, kind: KindFacts): string {
  switch (resolution.end) {
    case 'found':
      return `found, and recorded as ours: ${kind.resource?.idOf(resolution.output as never) ?? 'its end'}`;
    case 'absent':
      if (resolution.isTold) return 'it had no effect, as you say: the next create tries it anew';
      return kind.repeat === 'read'
        ? 'it only looked: the next create looks again'
        : 'it had no effect: the next create tries it anew';
    case 'resumable':
      return `${resolution.trace?.text ?? 'its end is open'}; the next create takes it up, and nothing is done twice`;
    case 'canceled':
      return 'the look was cut off';
    default:
      return resolution.error.message;
  }
}

function remedyOf({ planned: { key, node } }: StepRecord, kind: KindFacts, cluster: string): string {
  const command = `./builder resolve ${cluster}`;
  const own = `or, once you have looked yourself: ${command} ${key} --absent`;
  return kind.resource === undefined
    ? `an answer of ${node ?? 'the cloud'}: ${command}; ${own}`
    : `lists that can be believed: ${command}; ${own}, or --found ID`;
}

/** What is told of one attempt after the look at it. */
export function describeDoubt(
  step: StepRecord,
  kind: KindFacts,
  resolution: Resolution,
  word: Word | null,
  cluster: string,
): DoubtReport {
  const attempt = step.attempts.find(isOpenAttempt);
  if (attempt === undefined) throw new BuilderError('internal', `${step.planned.key} has no open attempt`);
  const verdict = resolution.end === 'canceled' ? 'in-doubt' : resolution.end;
  return {
    step: step.planned.key,
    node: step.planned.node,
    generation: step.generation,
    attempt: attempt.number,
    nonce: attempt.nonce,
    sentAt: attempt.intendedAt.toISOString(),
    evidence: evidenceOf(step, attempt.number, kind, word),
    verdict,
    known: knownOf(resolution, kind),
    remedy: verdict === 'in-doubt' ? remedyOf(step, kind, cluster) : null,
  };
}

/** 0 when nothing is left in doubt; 75 while something is, 10 where it is a matter of trust. */
export function exitCodeOfDoubts(resolutions: Iterable<Resolution>): number {
  const ends = [...resolutions];
  if (ends.some((each) => each.end === 'in-doubt' && each.error.exitCode === 10)) return 10;
  return ends.some(({ end }) => end === 'in-doubt' || end === 'canceled') ? 75 : 0;
}
