/** Errors as data: redacted, serialisable, so that a failure survives its process. */
import { BuilderError, messageOf } from '../errors.ts';
import type { RecordedError } from './journal.ts';
import type { Json, JsonObject } from './step.ts';

const MAX_CAUSES = 8;

function toJson(value: unknown, redact: (text: string) => string): Json {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => toJson(item, redact));
  if (typeof value !== 'object') return null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item, redact)]));
}

function causesOf(error: BuilderError): readonly string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < MAX_CAUSES; ) {
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** Code and cause chain are kept; every text passes `redact`. */
export function recordError(error: BuilderError, redact: (text: string) => string): RecordedError {
  return {
    code: error.code,
    message: redact(error.message),
    at: error.at === undefined ? undefined : redact(error.at),
    fix: error.fix === undefined ? undefined : redact(error.fix),
    details: toJson(error.details, redact) as JsonObject,
    causes: causesOf(error).map(redact),
  };
}
