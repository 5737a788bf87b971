/** System errors: their names, and what they mean to a person. */
import { BuilderError, messageOf } from '../errors.ts';

/** The errno name of a Node system error, or undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** `disk-full` or `io` for a failed action on a path: a sentence, and how to mend it. */
export function fileError(action: string, path: string, error: unknown): BuilderError {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '');
  return new BuilderError(isFull ? 'disk-full' : 'io', `cannot ${action} ${path}: ${messageOf(error)}`, {
    at: path,
    fix: isFull
      ? 'free some space, then run the same command again'
      : 'check the owner and mode of that path, or choose another with --state',
    cause: error,
  });
}
