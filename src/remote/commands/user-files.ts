/** What people bring along on a node: their files in place with owner and permissions, their scripts run. */
import { type UploadedFile, writeContent } from './upload.ts';

const STEPS = '/var/lib/builder/user-steps';

export interface OwnedFile {
  readonly base64: string;
  /** A whole path of [A-Za-z0-9._/-] without `..`. */
  readonly path: string;
  /** Three octal digits, or four with a zero. */
  readonly mode: string;
  /** USER or USER:GROUP. */
  readonly owner: string;
}

/** Each file is seen whole or not at all; folders that are missing are its owner's. */
export function installFilesScript(files: readonly OwnedFile[]): string {
  const writes = files.map(({ base64, path, mode, owner }) => {
    const folder = path.slice(0, path.lastIndexOf('/')) || '/';
    return `umask 077
make_folder ${folder} ${owner}
${writeContent(`${path}.builder-new`, base64)}chown ${owner} ${path}.builder-new
chmod ${mode} ${path}.builder-new
mv -fT ${path}.builder-new ${path}
sync ${path}
`;
  });
  return `set -eu
make_folder() {
  [ ! -d "$1" ] || return 0
  make_folder "$(dirname "$1")" "$2"
  mkdir -m 0755 "$1"
  chown "$2" "$1"
}
${writes.join('')}`;
}

/** The script is put on the node and run there as it is, in its own process group, with nothing to read. */
export function userStepScript(kind: string, file: UploadedFile): string {
  const path = `${STEPS}/${kind}`;
  return `set -eu
umask 077
mkdir -p ${STEPS}
${writeContent(`${path}.new`, file.base64)}chmod 0700 ${path}.new
mv -f ${path}.new ${path}
umask 022
cd /
exec ${path} </dev/null
`;
}
