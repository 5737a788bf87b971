/** One event of a run as one line of words: who it concerns, what happened. */
import type { RunEvent, StepSubject } from '../engine/events.ts';
import { formatDuration } from './duration.ts';
import { describeProgress } from './progress-text.ts';
import { safeOneLine } from './safe-text.ts';

export interface EventText {
  /** The node, or `cluster` for what concerns all. */
  readonly subject: string;
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'bad' | 'warning';
}

/** Node names come from the journal, but are filtered like everything else that is shown. */
export function subjectOf(step: StepSubject): string {
  return safeOneLine(step.node ?? 'cluster');
}

function errorLine(error: { readonly code: string; readonly message: string }): string {
  return `${error.code}: ${safeOneLine(error.message)}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function runStarted(event: Extract<RunEvent, { type: 'run-started' }>): string {
  if (event.done === 0 && event.inDoubt === 0) return `starting: ${plural(event.total, 'step')}`;
  const doubt = event.inDoubt === 0 ? '' : `, ${event.inDoubt} in doubt`;
  return `resuming: ${event.done} of ${plural(event.total, 'step')} done${doubt}`;
}

function runEnded(event: Extract<RunEvent, { type: 'run-ended' }>): string {
  const counts = [
    plural(event.done, 'step') + ' done',
    ...(event.failed > 0 ? [`${event.failed} failed`] : []),
    ...(event.blocked > 0 ? [`${event.blocked} not started`] : []),
  ];
  return `ended: ${counts.join(', ')} (${formatDuration(event.elapsedMs)})`;
}

/** The words for an event; every part that came from outside is filtered for display. */
export function describeEvent(event: RunEvent): EventText {
  switch (event.type) {
    case 'run-started':
      return { subject: 'cluster', text: runStarted(event), tone: 'plain' };
    case 'run-stopping':
      return { subject: 'cluster', text: `stopping: ${safeOneLine(event.reason)}`, tone: 'warning' };
    case 'run-ended':
      return { subject: 'cluster', text: runEnded(event), tone: event.failed > 0 ? 'bad' : 'good' };
    case 'node-replaced':
      return {
        subject: safeOneLine(event.node),
        text: `server is replaced (number ${event.generation}): ${safeOneLine(event.reason)}`,
        tone: 'warning',
      };
    case 'plan-changed':
      return {
        subject: 'cluster',
        text: `plan changed: ${event.done} of ${plural(event.total, 'step')} done`,
        tone: 'plain',
      };
    case 'verified': {
      const { passed, failed, skipped, seconds } = event;
      const text = `verified: ${passed} passed, ${failed} failed, ${skipped} skipped (${formatDuration(seconds * 1000)})`;
      return { subject: 'cluster', text, tone: failed > 0 ? 'bad' : 'good' };
    }
    case 'notice':
      return {
        subject: 'cluster',
        text: safeOneLine(event.text),
        tone: event.level === 'warning' ? 'warning' : 'plain',
      };
    default:
      return describeStep(event);
  }
}

function describeStep(event: Extract<RunEvent, { step: StepSubject }>): EventText {
  const subject = subjectOf(event.step);
  const title = safeOneLine(event.step.title);
  switch (event.type) {
    case 'step-started': {
      const attempt = event.attempt > 1 && !event.resumed ? ` (attempt ${event.attempt})` : '';
      return { subject, text: `${title} … ${event.resumed ? 'resumed' : 'started'}${attempt}`, tone: 'plain' };
    }
    case 'step-progress':
      return { subject, text: `${title} … ${describeProgress(event.text, event)}`, tone: 'plain' };
    case 'step-done': {
      const outcome = event.adopted ? 'found, adopted' : 'done';
      return { subject, text: `${title} … ${outcome} (${formatDuration(event.elapsedMs)})`, tone: 'good' };
    }
    case 'step-retrying':
      return {
        subject,
        text: `${title} … again in ${formatDuration(event.waitMs)}: ${errorLine(event.error)}`,
        tone: 'warning',
      };
    case 'step-failed':
      return {
        subject,
        text: `${title} … failed (${formatDuration(event.elapsedMs)}): ${errorLine(event.error)}`,
        tone: 'bad',
      };
    case 'step-told': {
      const what = event.says === 'absent' ? 'had no effect' : `made ${safeOneLine(event.id ?? '')}`;
      return { subject, text: `${title} … ${safeOneLine(event.by)} says that it ${what}`, tone: 'warning' };
    }
    case 'step-in-doubt':
      return { subject, text: `${title} … in doubt: ${errorLine(event.error)}`, tone: 'warning' };
  }
}
