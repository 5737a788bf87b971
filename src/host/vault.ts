/** The vault: one 0600 file per cluster that holds every secret, durable before a secret is first used. */
import { BuilderError } from '../errors.ts';
import { readTextFile, removeFile, writeFileDurably } from './files.ts';
import { shareRuns } from './share-runs.ts';

/** Secrets by name; values never leave it except into 0600 files of the nodes and the redactor. */
export interface Vault {
  readonly path: string;
  /** Throws `vault-missing` for a name that was never kept. */
  get(name: string): string;
  has(name: string): boolean;
  /** The kept value, or a new one that is on disk before it is returned. */
  ensure(name: string, make: () => string): Promise<string>;
  /** Puts what is no secret in the place of one that is worth nothing any more: it is off the disk when this resolves. */
  retire(name: string, publicHalf: string): Promise<void>;
  /** How many values it holds: new secrets are only ever added. */
  readonly size: number;
  entries(): ReadonlyMap<string, string>;
  /** The last act of destroy: the file is gone and its folder synced. */
  remove(): Promise<void>;
}

interface Document {
  readonly cluster: string;
  readonly secrets: Record<string, string>;
}

function parse(path: string, text: string): Document {
  try {
    return JSON.parse(text) as Document;
  } catch (error) {
    // JSON.parse throws SyntaxError only: the file was damaged from outside, for we write it whole.
    throw new BuilderError('vault-missing', `the vault ${path} is damaged`, {
      at: path,
      fix: 'restore the file from a backup, or destroy the cluster: ./builder destroy --cluster-id ID',
      cause: error,
    });
  }
}

/**
 * Opens or begins the vault of one cluster. A file left by a cluster that was never saved (another id) is begun anew.
 * Throws `loose-vault` when others may read it, `vault-missing` when `mustExist` and there is none.
 */
export async function openVault(path: string, clusterId: string, mustExist: boolean): Promise<Vault> {
  const found = await readTextFile(path);
  if (found !== null && (found.mode & 0o077) !== 0) {
    throw new BuilderError('loose-vault', `the vault ${path} can be read by others`, {
      at: path,
      fix: `chmod 600 ${path}`,
    });
  }
  const kept = found === null ? null : parse(path, found.text);
  if (mustExist && kept?.cluster !== clusterId) {
    throw new BuilderError('vault-missing', `the keys and passwords of this cluster are not in ${path}`, {
      at: path,
      state: 'its servers exist, but nobody can log in to them from here',
      fix: 'restore the file from a backup, or remove the cluster with ./builder destroy',
    });
  }
  const secrets = new Map(Object.entries(kept?.cluster === clusterId ? kept.secrets : {}));
  let writing = Promise.resolve();
  // One writer at a time: each write holds everything known when it begins.
  const write = shareRuns(() =>
    writeFileDurably(
      path,
      `${JSON.stringify({ cluster: clusterId, secrets: Object.fromEntries(secrets) }, null, 2)}\n`,
    ),
  );
  const save = (): Promise<void> => {
    writing = write();
    return writing;
  };
  return {
    path,
    has: (name) => secrets.has(name),
    get(name) {
      const value = secrets.get(name);
      if (value === undefined)
        throw new BuilderError('vault-missing', `the vault ${path} has no ${name}`, { at: path });
      return value;
    },
    async ensure(name, make) {
      const present = secrets.get(name);
      if (present !== undefined) {
        // It may have been made a moment ago by another step and still be on its way to the disk.
        await writing;
        return present;
      }
      const value = make();
      secrets.set(name, value);
      await save();
      return value;
    },
    async retire(name, publicHalf) {
      secrets.set(name, publicHalf);
      await save();
    },
    get size() {
      return secrets.size;
    },
    entries: () => new Map(secrets),
    remove: () => removeFile(path),
  };
}
