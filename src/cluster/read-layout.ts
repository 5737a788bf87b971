/** Finding layouts by name or file: the shipped ones and people's own. */
import { fileURLToPath } from 'node:url';
import { adviseWord } from '../document/near-miss.ts';
import { BuilderError } from '../errors.ts';
import { readTextFile } from '../host/files.ts';
import { readFolder } from '../host/folders.ts';

const SHIPPED = new URL('../../layouts/', import.meta.url);

export interface LayoutText {
  readonly text: string;
  /** How messages call the file. */
  readonly file: string;
}

function fileOf(name: string): string {
  return `layouts/${name}.yaml`;
}

/** The layouts that come with the builder, by name, sorted. */
export async function readShippedLayouts(): Promise<readonly (LayoutText & { readonly name: string })[]> {
  const files = await readFolder(fileURLToPath(SHIPPED));
  // Below stand fault scripts, which are no layouts.
  const shipped = files.flatMap(({ path, content }) => {
    const name = /^([a-z0-9-]+)\.yaml$/.exec(path)?.[1];
    return name === undefined ? [] : [{ name, text: content.toString(), file: fileOf(name) }];
  });
  // By name: `-` comes before the `.` of a shorter name's file.
  return shipped.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/**
 * A name without `/` and `.yaml` is one of ours; anything else is a file. `at` is where it was said.
 *
 * @throws `layout-missing` with what was probably meant.
 */
export async function findLayout(nameOrFile: string, at: string): Promise<LayoutText> {
  const isName = /^[a-z0-9-]+$/.test(nameOrFile);
  const file = isName ? fileURLToPath(new URL(`${nameOrFile}.yaml`, SHIPPED)) : nameOrFile;
  const found = await readTextFile(file);
  if (found !== null) return { text: found.text, file: isName ? fileOf(nameOrFile) : file };
  const shipped = (await readShippedLayouts()).map(({ name }) => name);
  const all = `give a file, or one of: ${shipped.join(', ')}`;
  throw new BuilderError('layout-missing', `${nameOrFile}: no such ${isName ? 'layout' : 'file'}`, {
    at,
    state: 'nothing was created',
    fix: adviseWord(nameOrFile, shipped, all),
  });
}
