/** The layout that a command line wishes, with its changes on top. */
import { BuilderError } from '../errors.ts';
import { readTextFile } from '../host/files.ts';
import { type Pins, pinsOf, readLock } from '../layout/commit-lock.ts';
import type { Layout } from '../layout/layout.ts';
import { isSaid, type LayoutOverrides } from '../layout/override.ts';
import { loadLayout } from '../layout/read.ts';
import { findLayout } from './read-layout.ts';

interface Wishes {
  readonly layout: string | null;
  readonly overrides: LayoutOverrides;
  readonly lock: string | null;
}

export const DEFAULT_LAYOUT = 'multinode';

async function readWishedLock(file: string | null): Promise<Pins | undefined> {
  if (file === null) return undefined;
  const found = await readTextFile(file);
  if (found !== null) return pinsOf(readLock(found.text, file));
  throw new BuilderError('bad-option', `--lock ${file}: no such file`, {
    at: '--lock',
    state: 'nothing was created',
    fix: 'a cluster that is ready has one: clusters/NAME/commits.lock below the state',
  });
}

/** Reads the layout that the wishes name, the default one where they name none; all its problems at once. */
export async function readWishedLayout(wishes: Wishes): Promise<Layout> {
  const { text, file } = await findLayout(wishes.layout ?? DEFAULT_LAYOUT, '--layout');
  const lock = await readWishedLock(wishes.lock);
  return loadLayout({ text, file, overrides: { ...wishes.overrides, lock } });
}

/** The same; null where the command line says nothing of any layout. */
export async function readNamedLayout(wishes: Wishes): Promise<Layout | null> {
  const { layout, lock, overrides } = wishes;
  const saysAnything = layout !== null || lock !== null || Object.values(overrides).some(isSaid);
  return saysAnything ? await readWishedLayout(wishes) : null;
}
