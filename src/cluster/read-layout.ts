/** Finding a layout by name or file, with the command line's wishes laid over it. */
import { fileURLToPath } from 'node:url';
import { BuilderError } from '../errors.ts';
import { readTextFile } from '../host/files.ts';
import { readFolder } from '../host/folders.ts';

const SHIPPED = new URL('../../layouts/', import.meta.url);

export interface LayoutText {
  readonly text: string;
  readonly file: string;
}

/** A name without `/` and `.yaml` is one of ours; anything else is a file. Throws `layout-missing`. */
export async function findLayout(nameOrFile: string): Promise<LayoutText> {
  const isName = /^[a-z0-9-]+$/.test(nameOrFile);
  const file = isName ? fileURLToPath(new URL(`${nameOrFile}.yaml`, SHIPPED)) : nameOrFile;
  const found = await readTextFile(file);
  if (found !== null) return { text: found.text, file: isName ? `layouts/${nameOrFile}.yaml` : file };
  const paths = (await readFolder(fileURLToPath(SHIPPED))).map(({ path }) => path);
  // Below stand fault scripts, which are no layouts.
  const shipped = paths.filter((path) => !path.includes('/')).map((path) => path.replace(/\.yaml$/, ''));
  throw new BuilderError('layout-missing', `${nameOrFile}: no such ${isName ? 'layout' : 'file'}`, {
    at: '--layout',
    state: 'nothing was created',
    fix: `give a file, or one of: ${shipped.join(', ')}`,
  });
}
