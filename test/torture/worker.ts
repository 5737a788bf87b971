/** One process of a torture run: one slice of one part; its result goes to stdout as one line of JSON. */
import { PARTS } from './parts.ts';

const [name = '', seed, deadlineMs, index, count] = process.argv.slice(2);
const part = PARTS.find((candidate) => candidate.name === name);
if (part === undefined) throw new Error(`no part "${name}"`);
const run = await part.load();
const result = await run({
  seed: Number(seed),
  deadlineMs: Number(deadlineMs),
  slice: { index: Number(index), count: Number(count) },
});
process.stdout.write(`${JSON.stringify(result)}\n`);
// What a dead builder left waiting must not keep us.
process.exit(0);
