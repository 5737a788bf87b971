/** Files and scripts of people that a layout names: read once beside it, kept under their digest. */
import { dirname, resolve } from 'node:path';
import { BuilderError, failureOf } from '../errors.ts';
import { readBytes } from '../host/files.ts';
import type { Layout } from '../layout/layout.ts';
import type { UserParts } from '../plan/choices.ts';
import type { UploadedFile } from '../remote/commands/upload.ts';
import { addDocument, MAX_UPLOAD_BYTES } from './upload-documents.ts';

export interface ReadUserParts {
  readonly parts: UserParts;
  /** sha256 → the JSON document of its file. */
  readonly documents: ReadonlyMap<string, string>;
}

/**
 * `layoutFile` is the layout as it was named: what a shipped one would name lies in the current folder.
 *
 * @throws all files that cannot be had, together.
 */
export async function readUserParts(
  layout: Pick<Layout, 'files' | 'steps'>,
  layoutFile: string,
): Promise<ReadUserParts> {
  const folder = dirname(resolve(layoutFile));
  const documents = new Map<string, string>();
  const problems: BuilderError[] = [];
  let bytes = 0;
  const keep = async (source: string, at: string): Promise<string> => {
    try {
      const content = await readBytes(resolve(folder, source));
      if (content === null) {
        const fix = `its path is taken from the folder of the layout: ${folder}`;
        throw new BuilderError('bad-value', `no file ${source}`, { at, state: 'nothing was created', fix });
      }
      bytes += content.length;
      const file: UploadedFile = { path: 'file', base64: content.toString('base64'), mode: 0o700 };
      return addDocument(documents, [file]);
    } catch (error) {
      problems.push(failureOf(error));
      return '';
    }
  };
  const files = await Promise.all(
    layout.files.map(async ({ source, path, mode, owner, nodes }, index) => {
      return { sha256: await keep(source, `files.${index}.source`), path, mode, owner, nodes };
    }),
  );
  const steps = await Promise.all(
    layout.steps.map(async ({ name, script, at, repeat, nodes }, index) => {
      return { sha256: await keep(script, `steps.${index}.script`), name, at, repeat, nodes };
    }),
  );
  if (bytes > MAX_UPLOAD_BYTES) {
    const message = `files and scripts of the layout hold ${bytes} bytes; ${MAX_UPLOAD_BYTES} may travel`;
    problems.push(new BuilderError('bad-value', message, { at: 'files', state: 'nothing was created' }));
  }
  if (problems.length > 0) throw BuilderError.all(problems);
  return { parts: { files, steps }, documents };
}
