/** Request bodies of Nova: read by a schema, refused in the words of its own validation. */
import type { z } from 'zod';
import { refuse } from './nova-answers.ts';

/** A value as Python writes it, which is how Nova quotes what it was sent. */
function quote(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'string') return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(quote).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `${quote(key)}: ${quote(item)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    body,
  );
}

const TYPE_WORDS: Readonly<Record<string, string>> = { int: 'integer', record: 'object', tuple: 'array' };

function reasonOf(issue: z.core.$ZodIssue, value: unknown): string {
  const shown = quote(value);
  switch (issue.code) {
    case 'invalid_type':
      return `${shown} is not of type '${TYPE_WORDS[issue.expected] ?? issue.expected}'`;
    case 'too_small':
      return issue.origin === 'string'
        ? `${shown} is too short`
        : `${shown} is less than the minimum of ${issue.minimum}`;
    case 'too_big':
      return `${shown} is too long`;
    case 'invalid_format':
      return issue.pattern === undefined
        ? `${shown} is not a '${issue.format}'`
        : `${shown} does not match '${issue.pattern.replaceAll(/^\/|\/$/g, '')}'`;
    case 'invalid_value':
      return `${shown} is not one of ${quote(issue.values)}`;
    case 'unrecognized_keys':
      return `Additional properties are not allowed (${issue.keys.map(quote).join(', ')} ${issue.keys.length === 1 ? 'was' : 'were'} unexpected)`;
    case 'custom':
      return `${shown} is not a '${issue.message}'`;
    default:
      return `${shown} is not valid under any of the given schemas`;
  }
}

function describe(issue: z.core.$ZodIssue, body: unknown): string {
  const value = valueAt(body, issue.path);
  const isMissing = value === undefined;
  // What is missing, and a key that may not be, is told of the object that should be otherwise.
  const isOfParent = isMissing || issue.code === 'invalid_key';
  const path = isOfParent ? issue.path.slice(0, -1) : issue.path;
  const field = path.at(-1);
  const key = quote(issue.path.at(-1));
  const reason = isMissing
    ? `${key} is a required property`
    : issue.code === 'invalid_key'
      ? `${key} does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'`
      : reasonOf(issue, value);
  if (field === undefined) return reason;
  const owner = valueAt(body, path);
  const shown = typeof owner === 'string' ? owner : quote(owner);
  return `Invalid input for field/attribute ${String(field)}. Value: ${shown}. ${reason}`;
}

/** Throws a `Refusal` with 400 for a body that the schema does not know. */
export function readBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  if (typeof body !== 'object' || body === null) return refuse(400, 'Malformed request body');
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return refuse(400, issue === undefined ? 'Malformed request body' : describe(issue, body));
}
