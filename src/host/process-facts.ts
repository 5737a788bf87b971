/** Who this process is, for messages to people. */
import { hostname } from 'node:os';

export interface ProcessFacts {
  readonly pid: number;
  readonly host: string;
}

export function readProcessFacts(): ProcessFacts {
  return { pid: process.pid, host: hostname() };
}
