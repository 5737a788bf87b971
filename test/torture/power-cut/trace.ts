/** The trace that record-disk.c writes: what a process did to its files, and what it said meanwhile, in order. */

/** In the order of `enum kind` in record-disk.c. */
const KINDS = [
  'create',
  'write',
  'truncate',
  'sync-file',
  'sync-folder',
  'rename',
  'unlink',
  'make-folder',
  'say',
] as const;

export interface DiskEvent {
  readonly kind: (typeof KINDS)[number];
  readonly path: string;
  /** Number of the inode, which a later file may get again. */
  readonly file: number;
  /** Where a write begins; the new size of a truncated file. */
  readonly offset: number;
  /** What was written or said; the new path of a rename. */
  readonly data: Buffer;
}

const HEAD_BYTES = 32;

/** A record that the kill cut off is left out: what it tells of was never acknowledged. */
export function parseTrace(trace: Buffer): readonly DiskEvent[] {
  const events: DiskEvent[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= trace.length) {
    const kind = KINDS[trace.readUInt32LE(at)];
    if (kind === undefined) throw new Error(`the trace is not understood at byte ${at}`);
    const pathEnd = at + HEAD_BYTES + trace.readUInt32LE(at + 4);
    const end = pathEnd + trace.readUInt32LE(at + 8);
    if (end > trace.length) break;
    events.push({
      kind,
      path: trace.toString('utf8', at + HEAD_BYTES, pathEnd),
      file: Number(trace.readBigUInt64LE(at + 16)),
      offset: Number(trace.readBigUInt64LE(at + 24)),
      data: trace.subarray(pathEnd, end),
    });
    at = end;
  }
  return events;
}
