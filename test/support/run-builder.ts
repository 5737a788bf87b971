/** Runs `./builder` as a user does: its own process, a state of its own, output kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BUILDER = fileURLToPath(new URL('../../builder', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Everything printed so far, both streams. */
  output(): string;
}

export interface RunOptions {
  readonly state: string;
  /** Laid over the environment of the tests; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A program with its first words, which runs the builder that is named by the others. */
  readonly under?: readonly string[];
}

/** The launcher execs Node, so the child's pid is the builder's own: SIGKILL hits it and nothing else. */
export function startBuilder(args: readonly string[], options: RunOptions): Running {
  const environment = { ...process.env, BUILDER_STATE: options.state, ...options.environment };
  const [program = BUILDER, ...words] = [...(options.under ?? []), BUILDER, ...args];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  return { child, ended, output: () => stdout + stderr };
}

export function runBuilder(args: readonly string[], options: RunOptions): Promise<Ended> {
  return startBuilder(args, options).ended;
}

/** Resolves when `isReached` says so of the output; rejects when the builder ends before. */
export async function waitForOutput(running: Running, isReached: (output: string) => boolean): Promise<void> {
  const { child } = running;
  if (isReached(running.output())) return;
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (isReached(running.output())) resolve();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => reject(new Error(`the builder ended before it was reached:\n${running.output()}`)));
  });
}

/** kill -9, and waits until it is gone. */
export async function killHard(running: Running): Promise<Ended> {
  running.child.kill('SIGKILL');
  return await running.ended;
}
