/** The grammar of layouts for editors: the schema that layouts are judged by, as a JSON Schema of the files people write. */
import { z } from 'zod';
import { layoutSchema } from './schema.ts';

/** What is made and read here of JSON Schema's draft 7. */
interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
}

/** What is left of a value after the reader's own way with YAML, which zod's schema stands behind. */
function widen(schema: Schema): void {
  // Where text is wanted, `1.10` and `True` are the text that was written.
  if (schema.type === 'string' && schema.enum === undefined) {
    const fits = (text: string): boolean => schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(text);
    const kinds = [...(fits('1') ? ['number'] : []), ...(fits('true') ? ['boolean'] : [])];
    if (kinds.length > 0) schema.type = ['string', ...kinds];
  }
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    widen(value);
    if (schema.required?.includes(key) !== true) allowNothing(value);
  }
  if (typeof schema.additionalProperties === 'object') {
    widen(schema.additionalProperties);
    // `NAME:` with nothing behind it has nothing in it, where nothing must be.
    if (schema.additionalProperties.type === 'object' && schema.additionalProperties.required === undefined)
      allowNothing(schema.additionalProperties);
  }
  if (schema.items !== undefined) widen(schema.items);
  for (const choice of schema.anyOf ?? []) widen(choice);
}

/** `image:` with nothing behind it counts as not said. */
function allowNothing(schema: Schema): void {
  if (schema.anyOf !== undefined) return;
  schema.type = [schema.type ?? []].flat().concat('null');
  schema.enum?.push(null);
}

/**
 * JSON Schema, draft 7, which editors know best. It refuses nothing that `loadLayout` accepts; the rules over several keys, like
 * exactly one controller, are beyond it.
 */
export function layoutJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(layoutSchema, { io: 'input', target: 'draft-7' });
  widen(schema as Schema);
  return {
    $schema,
    title: 'Layout of a DevStack cluster',
    description: 'What cluster ./builder create is to build.',
    ...schema,
  };
}
