/** A disk under a trace: what surely is on it, what may be on it, and what a power cut makes of that. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Chance } from '../../simulation/seeded-random.ts';
import type { DiskEvent } from './trace.ts';

/**
 * What of the unsynced changes the power cut left: nothing, a prefix, a prefix whose last write is torn, or any of them, each
 * sector by itself (folders keep their order, as every journaling file system does).
 */
export const CUTS = ['synced', 'prefix', 'torn', 'reordered'] as const;
export type Cut = (typeof CUTS)[number];

const SECTOR_BYTES = 512;

class DiskFile {
  private content = Buffer.alloc(0);
  private size = 0;

  get bytes(): Buffer {
    return this.content.subarray(0, this.size);
  }

  write(data: Buffer, offset: number): void {
    this.reserve(offset + data.length);
    data.copy(this.content, offset);
    this.size = Math.max(this.size, offset + data.length);
  }

  truncate(size: number): void {
    this.reserve(size);
    this.content.fill(0, Math.min(size, this.size));
    this.size = size;
  }

  private reserve(size: number): void {
    if (size <= this.content.length) return;
    const grown = Buffer.alloc(Math.max(size, 2 * this.content.length));
    this.content.copy(grown);
    this.content = grown;
  }
}

/** A change that is not on the disk before its owner, a file or a folder, was synced. */
type Change =
  | { readonly kind: 'write'; readonly owner: DiskFile; readonly data: Buffer; readonly offset: number }
  | { readonly kind: 'truncate'; readonly owner: DiskFile; readonly size: number }
  | { readonly kind: 'enter'; readonly owner: string; readonly path: string; readonly entry: DiskFile | 'folder' }
  | { readonly kind: 'rename'; readonly owner: string; readonly path: string; readonly to: string }
  | { readonly kind: 'leave'; readonly owner: string; readonly path: string };

/** The parts of a write that reach a disk by themselves: sectors, by their place in the file. */
function splitSectors(change: Change): readonly Change[] {
  if (change.kind !== 'write') return [change];
  const parts: Change[] = [];
  for (let from = 0; from < change.data.length; ) {
    const offset = change.offset + from;
    const to = from + SECTOR_BYTES - (offset % SECTOR_BYTES);
    parts.push({ ...change, offset, data: change.data.subarray(from, to) });
    from = to;
  }
  return parts;
}

export class Disk {
  /** Files that processes have open or find, by their number. */
  private readonly files = new Map<number, DiskFile>();
  /** What surely stands in the folders. */
  private readonly entries = new Map<string, DiskFile | 'folder'>();
  private pending: Change[] = [];

  apply(event: DiskEvent): void {
    const { kind, path, data, offset } = event;
    const owner = dirname(path);
    switch (kind) {
      case 'create': {
        const entry = new DiskFile();
        this.files.set(event.file, entry);
        this.pending.push({ kind: 'enter', owner, path, entry });
        return;
      }
      case 'make-folder':
        this.pending.push({ kind: 'enter', owner, path, entry: 'folder' });
        return;
      case 'write':
        this.pending.push({ kind: 'write', owner: this.fileOf(event), data, offset });
        return;
      case 'truncate':
        this.pending.push({ kind: 'truncate', owner: this.fileOf(event), size: offset });
        return;
      case 'rename':
        this.pending.push({ kind: 'rename', owner, path, to: data.toString() });
        return;
      case 'unlink':
        this.pending.push({ kind: 'leave', owner, path });
        return;
      case 'sync-file':
        this.sync(this.fileOf(event));
        return;
      case 'sync-folder':
        this.sync(path);
        break;
      case 'say':
    }
  }

  /** Ends the disk's life: the pending changes that a power cut leaves are made, the others are lost. */
  cutPower(cut: Cut, chance: Chance): void {
    for (const change of this.choose(cut, chance)) this.make(change);
    this.pending = [];
  }

  /** Writes what stands below `root` into a folder; a file whose folder was lost is lost. */
  save(root: string, folder: string): void {
    for (const [path, entry] of [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const target = join(folder, relative(root, path));
      if (!existsSync(dirname(target))) continue;
      if (entry === 'folder') mkdirSync(target, { mode: 0o700 });
      else writeFileSync(target, entry.bytes, { mode: 0o600 });
    }
  }

  private fileOf({ file, path }: DiskEvent): DiskFile {
    const found = this.files.get(file);
    if (found === undefined) throw new Error(`the trace does not tell how ${path} began`);
    return found;
  }

  private sync(owner: DiskFile | string): void {
    for (const change of this.pending) if (change.owner === owner) this.make(change);
    this.pending = this.pending.filter((change) => change.owner !== owner);
  }

  private make(change: Change): void {
    switch (change.kind) {
      case 'write':
        change.owner.write(change.data, change.offset);
        return;
      case 'truncate':
        change.owner.truncate(change.size);
        return;
      case 'enter':
        this.entries.set(change.path, change.entry);
        return;
      case 'leave':
        this.entries.delete(change.path);
        return;
      case 'rename': {
        const entry = this.entries.get(change.path);
        if (entry === undefined) return;
        this.entries.delete(change.path);
        this.entries.set(change.to, entry);
      }
    }
  }

  private choose(cut: Cut, chance: Chance): readonly Change[] {
    if (cut === 'synced') return [];
    if (cut === 'reordered') return this.reorder(chance);
    const length = Math.floor(chance() * (this.pending.length + 1));
    const kept = this.pending.slice(0, length);
    const next = this.pending[length];
    if (cut === 'prefix' || next === undefined) return kept;
    const sectors = splitSectors(next);
    return [...kept, ...sectors.slice(0, Math.floor(chance() * sectors.length))];
  }

  private reorder(chance: Chance): readonly Change[] {
    const closed = new Set<string>();
    return this.pending.flatMap(splitSectors).filter(({ owner }) => {
      const isKept = chance() < 0.5 && !(typeof owner === 'string' && closed.has(owner));
      if (!isKept && typeof owner === 'string') closed.add(owner);
      return isKept;
    });
  }
}
