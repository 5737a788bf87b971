/** Files that travel to nodes, as they are kept beside the plan: a document for each set, under the digest of its text. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BuilderError } from '../errors.ts';
import { readTextFile, writeFileDurably } from '../host/files.ts';
import type { UploadedFile } from '../remote/commands/upload.ts';

/** Of one set of files. */
export const MAX_UPLOAD_BYTES = 8 * 1024 * 1024;

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Puts the files among the documents; the digest (SHA-256, hex) that they are known by. */
export function addDocument(documents: Map<string, string>, files: readonly UploadedFile[]): string {
  const text = JSON.stringify(files);
  const sha256 = digestOf(text);
  documents.set(sha256, text);
  return sha256;
}

/** Keeps the documents before the plan that names them. */
export async function keepUploads(folder: string, documents: ReadonlyMap<string, string>): Promise<void> {
  await Promise.all([...documents].map(([sha256, text]) => writeFileDurably(join(folder, `${sha256}.json`), text)));
}

/** Throws `io` when the kept document is gone or is not what was kept. */
export async function readKeptUpload(folder: string, sha256: string): Promise<readonly UploadedFile[]> {
  const path = join(folder, `${sha256}.json`);
  const file = await readTextFile(path);
  if (file === null || digestOf(file.text) !== sha256) {
    throw new BuilderError('io', `the kept upload ${path} is ${file === null ? 'gone' : 'changed'}`, {
      at: path,
      fix: 'restore the file, or destroy the cluster and create it again',
    });
  }
  return JSON.parse(file.text) as readonly UploadedFile[];
}
