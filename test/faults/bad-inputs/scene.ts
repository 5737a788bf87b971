/** Where faults are provoked: a rehearsal of the test's own, files of its own, and a small cluster that is built only once. */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, type TestContext } from 'vitest';
import type { ServerRow } from '../../../src/rehearsal/world.ts';
import { type Ended, runBuilder } from '../../support/run-builder.ts';
import { NO_CLOUD, type RehearsalOfTest, rehearse } from '../../wire/rehearse.ts';

/** As fast as the machine is. */
export const FAST = ['--rehearsal-speed', '2000', '--progress', 'plain'] as const;
export const CREATE = ['create', '--cloud', 'rehearsal', ...FAST] as const;
/** The smallest cluster there is. */
export const CREATE_SMALL = [...CREATE, '--layout', 'all-in-one'] as const;

export interface Scene extends RehearsalOfTest {
  /** Runs with these variables, and none of the cloud of the tests. */
  runWith(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended>;
  /** Writes a file beside the state; its path. */
  file(name: string, text: string, mode?: number): string;
  /** A fault script, as an option. */
  faults(...rules: readonly string[]): readonly string[];
  /** Puts another value into the vault of the only cluster. */
  spoilSecret(name: string, value: string): void;
  /** Changes the only server behind everybody's back. */
  changeServer(change: (server: ServerRow) => Partial<ServerRow>): void;
  /** Changes the state behind the builder's back. */
  alter(statement: string): void;
}

export function openScene(context: TestContext): Scene {
  const rehearsal = rehearse(context);
  const folder = mkdtempSync(join(tmpdir(), 'builder-scene-'));
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file: Scene['file'] = (name, text, mode = 0o600) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode });
    return path;
  };
  return {
    ...rehearsal,
    runWith: (environment, ...args) =>
      runBuilder(args, { state: rehearsal.state, environment: { ...NO_CLOUD, ...environment } }),
    file,
    faults: (...rules) => [
      '--rehearsal-faults',
      file('faults.yaml', `version: 1\nfaults:\n${rules.map((rule) => `- {${rule}}\n`).join('')}`),
    ],
    spoilSecret(name, value) {
      const path = join(rehearsal.state, 'vault', 'devstack.json');
      const text = readFileSync(path, 'utf8');
      const vault = JSON.parse(text) as { secrets: Record<string, string> };
      vault.secrets[name] = value;
      writeFileSync(path, JSON.stringify(vault));
    },
    changeServer(change) {
      const ledger = join(rehearsal.state, 'rehearsal', 'ledger.jsonl');
      const last = JSON.parse(readFileSync(ledger, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { seq: number };
      const [server] = rehearsal.world().server.values();
      if (server === undefined) throw new Error('there is no server');
      const row = { ...server, ...change(server) };
      const line = { ...last, seq: last.seq + 1, id: 'planted', changes: [{ kind: 'server', key: row.id, row }] };
      appendFileSync(ledger, `${JSON.stringify(line)}\n`);
    },
    alter(statement) {
      const database = new Sqlite(join(rehearsal.state, 'state.db'));
      try {
        database.exec(statement);
      } finally {
        database.close();
      }
    },
  };
}

const template = rehearse({ onTestFinished: afterAll });
let building: Promise<Ended> | null = null;

/** A scene with a finished cluster of one server, copied from one that is built once for all. */
export async function openBuiltScene(context: TestContext): Promise<Scene> {
  building ??= template.run(...CREATE_SMALL);
  const { code, stderr } = await building;
  context.expect(code, stderr).toBe(0);
  const scene = openScene(context);
  cpSync(template.state, scene.state, { recursive: true });
  return scene;
}
