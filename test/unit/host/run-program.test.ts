/** A local program's end: any exit code is a result, and only what never ran or was stopped is an error. */
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../../src/host/run-program.ts';

const never = new AbortController().signal;
const run = (script: string, changes: Partial<Parameters<typeof runProgram>[2]> = {}) =>
  runProgram('sh', ['-c', script], { timeoutMs: 60_000, environment: {}, signal: never, ...changes });

describe('a program', () => {
  test.each([
    ['that ends well', 'echo out; echo err >&2', { code: 0, stdout: 'out\n', stderr: 'err\n' }],
    ['that ends badly', 'echo why >&2; exit 7', { code: 7, stdout: '', stderr: 'why\n' }],
  ])('%s tells its code and what it said', async (_what, script, result) => {
    expect(await run(script)).toEqual(result);
  });
  test('that waits for words on stdin hears at once that there are none', async () => {
    expect(await run('cat')).toMatchObject({ code: 0, stdout: '' });
  });
  test('is given variables beside our own', async () => {
    expect(await run('echo "$GREETING from ${PATH:+here}"', { environment: { GREETING: 'hello' } })).toMatchObject({
      stdout: 'hello from here\n',
    });
  });
  test('that runs too long ends with 124', async () => {
    expect(await run('exec sleep 60', { timeoutMs: 50 })).toMatchObject({ code: 124 });
  });
  test('is stopped with the run, for its reason', async () => {
    const stop = new AbortController();
    const running = run('exec sleep 60', { signal: stop.signal });
    stop.abort(new Error('Ctrl-C'));
    await expect(running).rejects.toThrow('Ctrl-C');
  });
  test('that is not installed is named', async () => {
    await expect(
      runProgram('no-such-program', [], { timeoutMs: 1000, environment: {}, signal: never }),
    ).rejects.toMatchObject({ code: 'missing-program', fix: 'install no-such-program' });
  });
});
