/** Replies parsed: JSON, then the shape we need of it; keys we do not know are fine. */
import type { z } from 'zod';
import { type Answered, classifyGarbage } from './errors.ts';
import type { Asked } from './place.ts';

/** Throws `bad-answer` for a read, `uncertain-write` for a write, when the body is not what `schema` says. */
export function parseReply<T>(schema: z.ZodType<T>, asked: Asked, reply: Answered): T {
  let body: unknown;
  try {
    body = JSON.parse(reply.body);
  } catch {
    // SyntaxError is all that JSON.parse throws of a string.
    throw classifyGarbage(asked, reply, 'it is not JSON');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw classifyGarbage(asked, reply, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unexpected'}`);
}
