/** What stopped a run is what its user is told, whether or not its end can be recorded. */
import { expect, test } from 'vitest';
import { endStopped } from '../../../src/cluster/end-run.ts';
import { BuilderError } from '../../../src/errors.ts';

/** Nothing can be written to /proc: it has 0 B free. */
const FOLDER = '/proc';
const full = (): BuilderError => new BuilderError('disk-full', 'no space is left for the state');

interface Ends {
  readonly exits: number[];
  end(exitCode: number): Promise<void>;
}

function recording(failure: BuilderError | null): Ends {
  const exits: number[] = [];
  return {
    exits,
    end(exitCode) {
      if (failure !== null) return Promise.reject(failure);
      exits.push(exitCode);
      return Promise.resolve();
    },
  };
}

test('a failure is recorded with its exit code, and told as it is', async () => {
  const run = recording(null);
  const error = new BuilderError('no-capacity', 'no host has room');
  expect(await endStopped(run, error, FOLDER)).toBe(error);
  expect(run.exits).toEqual([5]);
});

test('a full disk is recorded and told as a pause', async () => {
  const run = recording(null);
  expect(await endStopped(run, full(), FOLDER)).toMatchObject({ message: '0 B free in /proc; paused safely' });
  expect(run.exits).toEqual([9]);
});

test('a disk so full that the end is not recorded hides no pause, and the user hears that it is missing', async () => {
  const told = await endStopped(recording(full()), full(), FOLDER);
  expect(told).toMatchObject({
    message: '0 B free in /proc; paused safely',
    state: expect.stringMatching(/jobs on the servers run on; .*no room in the records/),
    fix: 'free some space, then run the same command again',
  });
});

test('a disk so full that the end is not recorded hides no other error', async () => {
  const error = new BuilderError('no-capacity', 'no host has room', { at: 'create-server/compute-1', fix: 'wait' });
  expect(await endStopped(recording(full()), error, FOLDER)).toMatchObject({
    code: 'no-capacity',
    at: 'create-server/compute-1',
    state: expect.stringContaining('no room in the records'),
    fix: 'wait',
  });
});

test('another builder that took over is told instead', async () => {
  const fenced = new BuilderError('fenced', 'another builder took over');
  await expect(endStopped(recording(fenced), full(), FOLDER)).rejects.toBe(fenced);
});

test('a fenced run and a crash have no end', async () => {
  const run = recording(null);
  for (const error of [new BuilderError('fenced', 'x'), new RangeError('x')])
    expect(await endStopped(run, error, FOLDER)).toBe(error);
  expect(run.exits).toEqual([]);
});
