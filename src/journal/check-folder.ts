/** Whether a folder can keep a state safely. */
import { BuilderError } from '../errors.ts';
import type { FolderFacts } from '../host/file-system.ts';

/** Locks or syncs of these cannot be relied on; magic numbers of https://man7.org/linux/man-pages/man2/statfs.2.html */
const UNSAFE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x5346414f, 'afs'],
  [0x73757245, 'coda'],
  [0x00c36400, 'ceph'],
  [0x0bd00bd0, 'lustre'],
]);

/** Pure. Throws `state-fs` for a network file system, `io` for a folder that others can write to or that is not ours. */
export function checkFolder(folder: string, { fileSystem, isOurs, isWritableByOthers }: FolderFacts): void {
  const unsafe = UNSAFE.get(fileSystem);
  if (unsafe !== undefined) {
    throw new BuilderError('state-fs', `${unsafe} cannot keep this state safely`, {
      at: folder,
      state: 'nothing was written',
      fix: 'choose a folder on a local disk with --state',
    });
  }
  if (!isOurs || isWritableByOthers) {
    throw new BuilderError(
      'io',
      `the state folder ${isOurs ? 'can be written to by others' : 'belongs to somebody else'}`,
      {
        at: folder,
        state: 'nothing was written',
        fix: isOurs ? `chmod 700 ${folder}` : 'choose another folder with --state',
      },
    );
  }
}
