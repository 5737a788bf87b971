/** The error for lists that are not to be believed. */
import { BuilderError, type ErrorFacts } from '../errors.ts';

/** `signs` are what gave the lists away. */
export function blindList(
  signs: readonly string[],
  facts: Pick<ErrorFacts, 'at' | 'state' | 'fix' | 'disposition'> = {},
): BuilderError {
  return new BuilderError('blind-list', `the cloud's lists cannot be believed: ${signs.join('; ')}`, {
    fix: 'run the same command again',
    ...facts,
  });
}
