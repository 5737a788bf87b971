/** Options of the command line that change a layout, applied to the document before it is judged. */

import type { Document } from 'yaml';
import { isMap, isScalar } from 'yaml';
import { adviseWord, showWord } from '../document/near-miss.ts';
import type { Shape } from '../document/shape.ts';
import { keysAt, shapeBelow } from '../document/shape.ts';
import { BuilderError } from '../errors.ts';
import type { Pins } from './commit-lock.ts';
import { LAYOUT_SHAPE } from './schema.ts';

/** As the options were given; each left out when it was not. */
export interface LayoutOverrides {
  /** `--set PATH=VALUE`. */
  readonly set?: readonly string[] | undefined;
  readonly hypervisors?: number | undefined;
  /** `--flavor [ROLE=]NAME`; ROLE may be a group's name too. */
  readonly flavor?: readonly string[] | undefined;
  readonly image?: string | undefined;
  readonly branch?: string | undefined;
  readonly network?: string | undefined;
  readonly floatingNetwork?: string | undefined;
  readonly sshUser?: string | undefined;
  readonly availabilityZone?: string | undefined;
  /** What a lock file pins. */
  readonly lock?: Pins | undefined;
}

/** Whether one of the options was given: the repeatable ones are lists. */
export function isSaid(option: unknown): boolean {
  return Array.isArray(option) ? option.length > 0 : option !== undefined;
}

export interface AppliedOverrides {
  /** Path (joined by dots) → the option that set it, as `at` shows it: never with the value. */
  readonly saidBy: ReadonlyMap<string, string>;
  readonly problems: readonly BuilderError[];
}

/** A value of the command line, as the place it is meant for wants it. */
function readValue(shape: Shape, value: string): unknown {
  if (shape.kind === 'number' && /^-?\d+$/.test(value)) return Number(value);
  if (shape.kind === 'boolean' && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (shape.kind === 'list') return value === '' ? [] : value.split(',').map((word) => word.trim());
  return value;
}

class Overrider {
  readonly saidBy = new Map<string, string>();
  readonly problems: BuilderError[] = [];
  readonly document: Document;

  constructor(document: Document) {
    this.document = document;
  }

  refuse(code: 'unknown-key' | 'bad-option', at: string, message: string, fix: string): void {
    this.problems.push(new BuilderError(code, message, { at, fix }));
  }

  set(option: string, path: readonly string[], value: unknown): void {
    for (let length = 0; length < path.length; length += 1) {
      const above = length === 0 ? this.document.contents : this.document.getIn(path.slice(0, length), true);
      const isNothing = above === null || above === undefined || (isScalar(above) && above.value === null);
      // Something else than a mapping stands there: that is the file's mistake, and reported as such.
      if (!isNothing && !isMap(above)) return;
      if (isNothing && length === 0) this.document.contents = this.document.createNode({});
      else if (isNothing) this.document.setIn(path.slice(0, length), this.document.createNode({}));
    }
    this.document.setIn(path, this.document.createNode(value));
    this.saidBy.set(path.join('.'), option);
  }

  /** `PATH=VALUE`, PATH checked against the grammar. */
  setFromText(text: string): void {
    const equals = text.indexOf('=');
    const path = (equals < 0 ? text : text.slice(0, equals)).split('.');
    const at = `--set ${path.join('.').slice(0, 80)}=…`;
    if (equals < 0 || path.some((part) => part === '')) {
      this.refuse('bad-option', at, '--set wants PATH=VALUE', 'for example --set groups.compute.count=3');
      return;
    }
    let shape: Shape | undefined = LAYOUT_SHAPE;
    for (const [index, key] of path.entries()) {
      const below: Shape | undefined = shape?.kind === 'list' ? undefined : shapeBelow(shape, key);
      if (below === undefined) {
        const known = keysAt(LAYOUT_SHAPE, path.slice(0, index));
        const fix = known.length === 0 ? `set ${path.slice(0, index).join('.')} itself` : adviseWord(key, known);
        this.refuse('unknown-key', at, `unknown key ${showWord(key)}`, fix);
        return;
      }
      shape = below;
    }
    if (shape.kind === 'map' || shape.kind === 'record') {
      this.refuse(
        'bad-option',
        at,
        `${path.join('.')} holds keys, not a value`,
        `set one of its keys: ${keysAt(LAYOUT_SHAPE, path).join(', ') || 'NAME'}`,
      );
      return;
    }
    this.set(at, path, readValue(shape, text.slice(equals + 1)));
  }

  /** Groups with their roles, as far as the document has them. */
  groups(): readonly { readonly name: string; readonly role: unknown }[] {
    const groups = this.document.getIn(['groups']);
    if (!isMap(groups)) return [];
    return groups.items
      .filter((item) => isScalar(item.key) && typeof item.key.value === 'string')
      .map((item) => String((item.key as { value: unknown }).value))
      .map((name) => ({ name, role: this.document.getIn(['groups', name]) }))
      .map(({ name, role }) => ({ name, role: isMap(role) ? role.get('role') : undefined }));
  }

  /** What is said for all nodes replaces what groups say: the command line has the last word. */
  setForAll(option: string, key: 'image' | 'flavor' | 'zone', value: string): void {
    this.set(option, ['defaults', key], value);
    for (const group of this.groups()) {
      const path = ['groups', group.name];
      if (isMap(this.document.getIn(path))) this.document.deleteIn([...path, key]);
    }
  }

  setFlavor(text: string): void {
    const equals = text.indexOf('=');
    if (equals < 0) {
      this.setForAll('--flavor', 'flavor', text);
      return;
    }
    const wanted = text.slice(0, equals);
    const groups = this.groups();
    const meant = groups.filter((group) => group.name === wanted || group.role === wanted);
    if (meant.length === 0) {
      const known = [...new Set(groups.flatMap((group) => [group.name, String(group.role)]))];
      this.refuse(
        'bad-option',
        `--flavor ${wanted.slice(0, 80)}=…`,
        `no role or group ${showWord(wanted)}`,
        adviseWord(wanted, known),
      );
    }
    for (const group of meant)
      this.set(`--flavor ${wanted}=…`, ['groups', group.name, 'flavor'], text.slice(equals + 1));
  }

  setHypervisors(count: number): void {
    const computes = this.groups().filter((group) => group.role === 'compute');
    const [only] = computes;
    if (only !== undefined && computes.length === 1) this.set('--hypervisors', ['groups', only.name, 'count'], count);
    else if (only === undefined) {
      this.refuse('bad-option', '--hypervisors', 'the layout has no group of computes', 'use the layout "multinode"');
    } else {
      const names = computes.map((group) => group.name).join(', ');
      this.refuse(
        'bad-option',
        '--hypervisors',
        `the layout has several groups of computes: ${names}`,
        `--set groups.${only.name}.count=${count}`,
      );
    }
  }
}

/** Changes the document in place. `--set` comes last, so it has the last word among options too. */
export function applyOverrides(document: Document, overrides: LayoutOverrides): AppliedOverrides {
  const overrider = new Overrider(document);
  if (overrides.hypervisors !== undefined) overrider.setHypervisors(overrides.hypervisors);
  const flavors = overrides.flavor ?? [];
  for (const flavor of flavors.filter((text) => !text.includes('='))) overrider.setFlavor(flavor);
  for (const flavor of flavors.filter((text) => text.includes('='))) overrider.setFlavor(flavor);
  if (overrides.image !== undefined) overrider.setForAll('--image', 'image', overrides.image);
  if (overrides.availabilityZone !== undefined)
    overrider.setForAll('--availability-zone', 'zone', overrides.availabilityZone);
  const single = [
    ['--branch', ['devstack', 'ref'], overrides.branch],
    ['--lock', ['devstack', 'commit'], overrides.lock?.devstack],
    ['--network', ['network', 'name'], overrides.network],
    ['--floating-network', ['network', 'floating'], overrides.floatingNetwork],
    ['--ssh-user', ['defaults', 'user'], overrides.sshUser],
  ] as const;
  for (const [option, path, value] of single) if (value !== undefined) overrider.set(option, path, value);
  for (const [key, commit] of Object.entries(overrides.lock?.localrc ?? {}))
    overrider.set('--lock', ['localrc', key], commit);
  for (const text of overrides.set ?? []) overrider.setFromText(text);
  return { saidBy: overrider.saidBy, problems: overrider.problems };
}
