/** Files embedded in a script: base64 between here-document marks, so that no byte of them is ever read as shell. */

export interface UploadedFile {
  /** Relative path of [A-Za-z0-9._/-] without `..`. */
  readonly path: string;
  readonly base64: string;
  /** Permission bits, like 0o755. */
  readonly mode: number;
}

const SAFE_PATH = /^[A-Za-z0-9._][A-Za-z0-9._/-]*$/;

/** Whether a file's path may travel; the caller refuses the others by name. */
export function isUploadablePath(path: string): boolean {
  return SAFE_PATH.test(path) && !path.split('/').includes('..');
}

/** Shell lines that write a file's content to `target`, a literal path or one in a quoted variable's folder. */
export function writeContent(target: string, base64: string): string {
  return `base64 -d >${target} <<'BUILDER-FILE-END'
${base64.replaceAll(/(.{76})/g, '$1\n')}
BUILDER-FILE-END
`;
}

/** Shell lines that write the files below `folder` (a literal path or a quoted variable), which is made anew. */
export function writeFiles(folder: string, files: readonly UploadedFile[]): string {
  const writes = files.map((file) => {
    const target = `${folder}/${file.path}`;
    return `mkdir -p "$(dirname ${target})"
${writeContent(target, file.base64)}chmod ${(file.mode & 0o777).toString(8)} ${target}
`;
  });
  return `rm -rf ${folder}\nmkdir -p ${folder}\n${writes.join('')}`;
}
