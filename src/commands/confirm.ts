/** The question before something that cannot be taken back. */
import { BuilderError } from '../errors.ts';
import type { Io } from './command.ts';

/** Asks on a terminal unless `isAgreed`. Throws `canceled` for another answer, `needs-confirmation` where nobody can be asked. */
export async function confirm(question: string, answer: string, isAgreed: boolean, io: Io): Promise<void> {
  if (isAgreed) return;
  if (!io.isTty.stdin) {
    throw new BuilderError('needs-confirmation', question, { state: 'nothing was changed', fix: 'say --yes' });
  }
  const { askLine } = await import('../host/ask-line.ts');
  const given = await askLine(`${question} Type ${answer} to go on: `, io.signal);
  if (given !== answer) throw new BuilderError('canceled', 'not confirmed', { state: 'nothing was changed' });
}
