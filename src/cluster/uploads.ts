/** Files given on the command line (--patches, --repos, --extras, --templates): read once, kept under their digest. */
import { basename, join, resolve } from 'node:path';
import { BuilderError } from '../errors.ts';
import { readTextFile } from '../host/files.ts';
import { readFolder } from '../host/folders.ts';
import type { Uploads } from '../plan/choices.ts';
import { isUploadablePath, type UploadedFile } from '../remote/commands/upload.ts';
import { ROLE_NAMES } from '../roles/index.ts';
import { OWN_PLUGIN } from '../roles/own-plugin.ts';
import { addDocument, MAX_UPLOAD_BYTES } from './upload-documents.ts';

export interface UploadWishes {
  readonly patches: string | null;
  readonly repositories: string | null;
  readonly extras: string | null;
  readonly templates: string | null;
}

/** What was read, and the documents to keep once the plan is saved. */
export interface ReadUploads {
  readonly uploads: Uploads;
  /** sha256 → the JSON document of its files. */
  readonly documents: ReadonlyMap<string, string>;
}

const PLUGIN_NAME = /^[a-z][a-z0-9-]{0,40}$/;

async function readFiles(
  folder: string,
  option: string,
  isWanted: (path: string) => boolean,
): Promise<readonly UploadedFile[]> {
  const files = (await readFolder(resolve(folder))).filter(({ path }) => !path.startsWith('.git/') && isWanted(path));
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  const odd = files.find(({ path }) => !isUploadablePath(path));
  const problem =
    files.length === 0
      ? `${option} ${folder} holds no file that could be used`
      : odd !== undefined
        ? `${option}: the name of ${JSON.stringify(odd.path)} has characters other than letters, digits, ".", "_", "-" and "/"`
        : bytes > MAX_UPLOAD_BYTES
          ? `${option} ${folder} holds ${bytes} bytes; ${MAX_UPLOAD_BYTES} may travel`
          : null;
  if (problem !== null) throw new BuilderError('bad-option', problem, { at: option, state: 'nothing was created' });
  return files.map(({ path, content, mode }) => ({ path, base64: content.toString('base64'), mode: mode | 0o444 }));
}

async function readFragments(folder: string | null): Promise<Readonly<Record<string, string>>> {
  if (folder === null) return {};
  const found = await Promise.all(
    ROLE_NAMES.map(async (role) => [role, await readTextFile(join(folder, `${role}.conf`))] as const),
  );
  const present = found.flatMap(([role, file]) =>
    file === null ? [] : [[role, `\n${file.text.trimEnd()}\n`] as const],
  );
  if (present.length > 0) return Object.fromEntries(present);
  throw new BuilderError(
    'bad-option',
    `--templates ${folder} holds none of ${ROLE_NAMES.map((role) => `${role}.conf`).join(', ')}`,
    {
      at: '--templates',
      state: 'nothing was created',
    },
  );
}

/** Throws `bad-option` for a folder that cannot be used, `io` for one that cannot be read. */
export async function readUploads(wishes: UploadWishes): Promise<ReadUploads> {
  const documents = new Map<string, string>();
  const keep = (files: readonly UploadedFile[]): string => addDocument(documents, files);
  const { patches, repositories, extras, templates } = wishes;
  const plugin = extras === null ? null : basename(resolve(extras));
  if (plugin !== null && !PLUGIN_NAME.test(plugin)) {
    throw new BuilderError(
      'bad-option',
      `--extras: the folder's name ${JSON.stringify(plugin)} becomes the plugin's name`,
      {
        at: '--extras',
        fix: 'rename the folder: lower-case letters, digits and "-"',
      },
    );
  }
  if (plugin === OWN_PLUGIN) {
    throw new BuilderError('bad-option', `--extras: ${plugin} is the name of the builder's own plugin`, {
      at: '--extras',
      fix: 'rename the folder',
    });
  }
  const pluginFiles = extras === null ? [] : await readFiles(extras, '--extras', () => true);
  if (plugin !== null && !pluginFiles.some(({ path }) => path === 'devstack/plugin.sh')) {
    throw new BuilderError('bad-option', `--extras ${extras} is no DevStack plugin: it has no devstack/plugin.sh`, {
      at: '--extras',
      fix: 'extras.d is dead: move the code into the phases of devstack/plugin.sh',
    });
  }
  const isPatch = (path: string): boolean => /\.(patch|diff|mbox)$/.test(path) && !path.includes('/');
  const isSource = (path: string): boolean => /\.(list|sources|repo)$/.test(path) && !path.includes('/');
  return {
    documents,
    uploads: {
      patches: patches === null ? null : keep(await readFiles(patches, '--patches', isPatch)),
      repositories: repositories === null ? null : keep(await readFiles(repositories, '--repos', isSource)),
      plugin: plugin === null ? null : { name: plugin, sha256: keep(pluginFiles) },
      fragments: await readFragments(templates),
    },
  };
}
