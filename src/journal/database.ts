/** One connection to a file of the state: kysely writes the typed SQL, better-sqlite3 runs it at once. */
import Sqlite from 'better-sqlite3';
import {
  type Compilable,
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { toFailure } from './sqlite-failure.ts';
import type { Tables } from './tables.ts';

/** Compiles only: a transaction must not wait between two statements, and kysely's drivers do. */
export const sql = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Every method throws what `toFailure` makes of SQLite's errors. */
export class Database {
  readonly file: string;
  private readonly sqlite: Sqlite.Database;
  private readonly statements = new Map<string, Sqlite.Statement>();

  /** @param options `timeoutMs` is how long a statement waits for another connection; it blocks the process. */
  constructor(
    file: string,
    options: { readonly isReadonly: boolean; readonly mustExist: boolean; readonly timeoutMs: number },
  ) {
    this.file = file;
    this.sqlite = this.guard(
      () =>
        new Sqlite(file, {
          readonly: options.isReadonly,
          fileMustExist: options.mustExist,
          timeout: options.timeoutMs,
        }),
    );
  }

  get isInTransaction(): boolean {
    return this.sqlite.inTransaction;
  }

  /** Of the SQLite that runs here, like `3.54.1`. */
  version(): string {
    return this.guard(() => String(this.sqlite.prepare('SELECT sqlite_version()').pluck().get()));
  }

  /** Several statements of SQL text without parameters. */
  execute(text: string): void {
    this.guard(() => this.sqlite.exec(text));
  }

  /** A pragma's only value. */
  pragma(text: string): unknown {
    return this.guard(() => this.sqlite.pragma(text, { simple: true }));
  }

  all<Row>(query: Compilable<Row>): Row[] {
    const compiled = query.compile();
    return this.guard(() => this.prepare(compiled).all(...compiled.parameters) as Row[]);
  }

  first<Row>(query: Compilable<Row>): Row | undefined {
    const compiled = query.compile();
    return this.guard(() => this.prepare(compiled).get(...compiled.parameters) as Row | undefined);
  }

  /** Runs a write; how many rows it changed, and the id of the last one it inserted. */
  run(query: Compilable): { readonly changes: number; readonly id: number } {
    const compiled = query.compile();
    const { changes, lastInsertRowid } = this.guard(() => this.prepare(compiled).run(...compiled.parameters));
    return { changes, id: Number(lastInsertRowid) };
  }

  /** Several reads of one moment, whatever another builder commits meanwhile. */
  snapshot<T>(read: () => T): T {
    if (this.isInTransaction) return read();
    this.execute('BEGIN');
    try {
      return read();
    } finally {
      this.execute('COMMIT');
    }
  }

  /** Writes a compact copy to a file that must not exist. */
  copyTo(file: string): void {
    this.guard(() => this.sqlite.prepare('VACUUM INTO ?').run(file));
  }

  close(): void {
    this.sqlite.close();
  }

  private prepare({ sql: text }: CompiledQuery): Sqlite.Statement {
    const known = this.statements.get(text);
    if (known !== undefined) return known;
    const statement = this.sqlite.prepare(text);
    this.statements.set(text, statement);
    return statement;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toFailure(error, this.file);
    }
  }
}
