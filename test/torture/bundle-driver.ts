/** The driver as one file: a process that loads four hundred modules spends most of its life, and most of its system calls, on that. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

/** Modules go on reading the files that lie beside them. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  transform(code, id) {
    if (!id.startsWith('/') || id.includes('/node_modules/') || !code.includes('import.meta')) return null;
    return code
      .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
  },
};

/** Near the packages, which native modules are loaded from. */
const PLACE = join(import.meta.dirname, '..', '..', '.cache');

/** `act` gets the path of the bundled driver, which is gone afterwards. */
export async function withDriver<Result>(act: (driver: string) => Promise<Result>): Promise<Result> {
  mkdirSync(PLACE, { recursive: true });
  const folder = mkdtempSync(join(PLACE, 'driver-'));
  try {
    const bundle = await rolldown({
      input: join(import.meta.dirname, 'driver.ts'),
      platform: 'node',
      external: [/^node:/, 'better-sqlite3', 'ssh2'],
      plugins: [keepPlaces],
    });
    await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'driver.mjs' });
    await bundle.close();
    return await act(join(folder, 'driver.mjs'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
