/** The attributes of Neutron's request bodies: which may be sent, and how their values are read. */
import { ACCOUNT } from '../account.ts';
import { badRequest, disallowed, invalidInput } from './neutron-fault.ts';
import type { ApiRequest } from './route.ts';

/** Throws what Neutron answers to a value it cannot take. */
export type Reader<T> = (value: unknown, name: string) => T;
type Readers = Readonly<Record<string, Reader<unknown>>>;
export type Values<R extends Readers> = { readonly [K in keyof R]?: ReturnType<R[K]> };

export interface Form<R extends Readers> {
  /** The key of the resource in its bodies. */
  readonly key: string;
  readonly readers: R;
  readonly required: readonly (keyof R & string)[];
  /** What a create sets for good. */
  readonly fixed: readonly (keyof R & string)[];
  readonly readOnly: readonly string[];
  /** What policy leaves to administrators, beginning with these. */
  readonly adminOnly: readonly string[];
}

/** As Python prints it, since that is what Neutron's messages hold. */
function pythonText(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function invalidValue(name: string, reason: string): Error {
  return badRequest(`Invalid input for ${name}. Reason: ${reason}.`);
}

export const read = {
  text(value: unknown, name: string): string {
    if (typeof value !== 'string') throw invalidValue(name, `'${pythonText(value)}' is not a valid string`);
    if (value.length > 255) throw invalidValue(name, `'${value}' exceeds maximum length of 255`);
    return value;
  },
  uuid(value: unknown, name: string): string {
    if (typeof value === 'string' && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) return value;
    throw invalidValue(name, `'${pythonText(value)}' is not a valid UUID`);
  },
  uuidOrNull(value: unknown, name: string): string | null {
    return value === null ? null : read.uuid(value, name);
  },
  uuids(value: unknown, name: string): readonly string[] {
    if (value === null) return [];
    if (!Array.isArray(value)) throw invalidValue(name, `'${pythonText(value)}' is not a list`);
    const ids = value.map((id) => read.uuid(id, name));
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) throw invalidValue(name, `Duplicate items in the list: '${twice}'`);
    return ids;
  },
  boolean(value: unknown): boolean {
    const text = pythonText(value).toLowerCase();
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw invalidInput(`'${pythonText(value)}' cannot be converted to boolean`);
  },
  tags(value: unknown): readonly string[] {
    if (!Array.isArray(value)) throw invalidInput(`'${pythonText(value)}' is not a list`);
    const tags = value.map((tag: unknown) => {
      if (typeof tag === 'string') return tag;
      throw invalidInput(`'${pythonText(tag)}' is not a valid string`);
    });
    const twice = tags.find((tag, index) => tags.indexOf(tag) !== index);
    if (twice !== undefined) throw invalidInput(`Duplicate items in the list: '${twice}'`);
    return tags;
  },
  oneOf<T>(choices: readonly T[]): Reader<T> {
    return (value, name) => {
      if ((choices as readonly unknown[]).includes(value)) return value as T;
      throw invalidValue(name, `${pythonText(value)} is not in valid_values`);
    };
  },
  /** For what the model leaves out: nobody may believe it was set. */
  nothing(value: unknown, name: string): void {
    if (value === null || (Array.isArray(value) && value.length === 0)) return;
    throw invalidValue(name, 'the rehearsal cloud has none');
  },
};

function attributesOf({ body }: ApiRequest, key: string): Readonly<Record<string, unknown>> {
  if (Array.isArray(body) || (typeof body !== 'object' && body !== null))
    throw badRequest('Body contains invalid data');
  const attributes = (body as Record<string, unknown> | null)?.[key];
  if (attributes === undefined || attributes === null) throw badRequest(`Unable to find '${key}' in request body`);
  if (typeof attributes !== 'object' || Array.isArray(attributes))
    throw badRequest(`Object '${key}' contains invalid data`);
  return attributes as Readonly<Record<string, unknown>>;
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.some((known) => known === name || (known.endsWith(':') && name.startsWith(known)));
}

/** Names first, then policy: a wrong value is told only to who may send it. */
function checkNames<R extends Readers>(names: readonly string[], form: Form<R>, verb: 'create' | 'update'): void {
  const known = [...Object.keys(form.readers), ...form.readOnly, 'project_id', 'tenant_id'];
  const strange = names.filter((name) => !known.includes(name) && !isOneOf(form.adminOnly, name));
  if (strange.length > 0) throw badRequest(`Unrecognized attribute(s) '${strange.join(', ')}'`);
  const fixed = verb === 'create' ? form.readOnly : [...form.readOnly, ...form.fixed, 'project_id', 'tenant_id'];
  for (const name of names) {
    if (fixed.includes(name))
      throw badRequest(
        verb === 'create' ? `Attribute '${name}' not allowed in POST` : `Cannot update read-only attribute ${name}`,
      );
    if (isOneOf(form.adminOnly, name) && form.readers[name] === undefined)
      throw disallowed(`(rule:${verb}_${form.key} and rule:${verb}_${form.key}:${name})`);
  }
}

function readValues<R extends Readers>(attributes: Readonly<Record<string, unknown>>, { readers }: Form<R>): Values<R> {
  const values = Object.entries(attributes).flatMap(([name, value]) => {
    const reader = readers[name];
    return reader === undefined ? [] : [[name, reader(value, name)] as const];
  });
  return Object.fromEntries(values) as Values<R>;
}

export function readCreate<R extends Readers>(request: ApiRequest, form: Form<R>): Values<R> {
  const attributes = attributesOf(request, form.key);
  const owner = attributes['project_id'] ?? attributes['tenant_id'] ?? ACCOUNT.project.id;
  if (owner !== ACCOUNT.project.id)
    throw badRequest(
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
    );
  checkNames(Object.keys(attributes), form, 'create');
  const missing = form.required.find((name) => attributes[name] === undefined);
  if (missing !== undefined) throw badRequest(`Failed to parse request. Required attribute '${missing}' not specified`);
  return readValues(attributes, form);
}

export function readUpdate<R extends Readers>(request: ApiRequest, form: Form<R>): Values<R> {
  const attributes = attributesOf(request, form.key);
  checkNames(Object.keys(attributes), form, 'update');
  return readValues(attributes, form);
}

/** The name in the body of a create, for the fault script; nothing is checked. */
export function nameInBody({ body }: ApiRequest, key: string): string {
  const attributes = (body as Record<string, unknown> | null)?.[key];
  const name = (attributes as Record<string, unknown> | null | undefined)?.['name'];
  return typeof name === 'string' ? name : '';
}
