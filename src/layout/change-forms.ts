/** The two forms in which a layout names a change under review. */
import { type ProjectChange, reviewRepo } from '../roles/changes.ts';

const LONG: readonly string[] = ['project', 'ref', 'repo'];

/** What the item of a list says of a change; what it does not say is undefined. */
export interface SaidChange<T> {
  readonly isLong: boolean;
  readonly project: T | undefined;
  readonly ref: T | undefined;
  readonly repo: T | undefined;
}

/** `{PROJECT: REF}`, or `{project, ref, repo}`. */
export function readChange<T>(item: Readonly<Record<string, T>>): SaidChange<T | string> {
  const isLong = LONG.some((key) => key in item);
  if (isLong) return { isLong, project: item['project'], ref: item['ref'], repo: item['repo'] };
  const [[project, ref] = [undefined, undefined]] = Object.entries(item);
  return { isLong, project, ref, repo: undefined };
}

/** Of an item that was found good. */
export function changeOf(item: Readonly<Record<string, string>>): ProjectChange {
  const { project = '', ref = '', repo = reviewRepo(project) } = readChange(item);
  return { project, ref, repo };
}
