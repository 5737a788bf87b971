/** Every script that nodes run is run by a real shell in the hosts tier: what only looks right is no proof. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listRemoteScripts } from '../../support/remote-scripts.ts';

const folder = join(import.meta.dirname, '..', '..', 'hosts');
/** Without imports, for a name that is only imported runs nothing. */
const bodies = readdirSync(folder)
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll(/^import [^;]*;$/gm, ''));

// The agent is what most of these tests run everything by.
const scripts = (await listRemoteScripts()).map(({ name }) => name).filter((name) => name !== 'agent');

test.each(scripts)('%s', (name) => {
  const isRun = bodies.some((body) => new RegExp(`\\b${name}\\b`).test(body));
  const what = `run ${name} in a test/hosts/*.test.ts: over a real sshd (runOverSsh), twice, and where it must fail`;
  expect(isRun, what).toBe(true);
});
