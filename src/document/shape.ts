/** The schema as a map to walk: which keys a place of a document knows, and what kind of value stands there. */
import { z } from 'zod';

export type Path = readonly (string | number)[];

export type Shape =
  | { readonly kind: 'text' | 'number' | 'boolean' }
  /** One of several kinds: taken as YAML reads it. */
  | { readonly kind: 'any' }
  | { readonly kind: 'list'; readonly item: Shape }
  /** Any key; all values of one shape. */
  | { readonly kind: 'record'; readonly value: Shape }
  | { readonly kind: 'map'; readonly keys: ReadonlyMap<string, Shape> };

export function shapeOf(schema: unknown): Shape {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return shapeOf(schema.def.innerType);
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return shapeOf(schema.def.innerType);
  if (schema instanceof z.ZodObject) {
    return { kind: 'map', keys: new Map(Object.entries(schema.shape).map(([key, value]) => [key, shapeOf(value)])) };
  }
  if (schema instanceof z.ZodRecord) return { kind: 'record', value: shapeOf(schema.valueType) };
  if (schema instanceof z.ZodArray) return { kind: 'list', item: shapeOf(schema.element) };
  if (schema instanceof z.ZodBoolean) return { kind: 'boolean' };
  if (schema instanceof z.ZodNumber || schema instanceof z.ZodLiteral) return { kind: 'number' };
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return { kind: 'text' };
  return { kind: 'any' };
}

/** The shape below a key; undefined where the key is not known. */
export function shapeBelow(shape: Shape | undefined, key: string | number): Shape | undefined {
  if (shape?.kind === 'map') return shape.keys.get(String(key));
  if (shape?.kind === 'record') return shape.value;
  if (shape?.kind === 'list') return shape.item;
  return undefined;
}

/** The keys a path's place knows; empty for records and values. */
export function keysAt(root: Shape, path: Path): readonly string[] {
  const shape = path.reduce<Shape | undefined>(shapeBelow, root);
  return shape?.kind === 'map' ? [...shape.keys.keys()] : [];
}
