/** What a node knows of a remote job that was cut off, in words; nothing is begun and nothing is ended. */
import type { StepContext, Trace } from '../engine/step.ts';
import type { JobStatus } from '../remote/remote.ts';
import { type AccessInput, nodeOf } from './node-access.ts';
import type { StepPorts } from './ports.ts';

/** A server that is there answers within seconds. */
const REACH_MS = 20_000;

function describeJob(status: JobStatus): string {
  switch (status.state) {
    case 'absent':
      return 'the node has no record of the job: it was not begun';
    case 'claimed':
      return 'the node has the job, and has not begun it';
    case 'running':
      return `the job runs, with ${status.logBytes} bytes of log so far`;
    case 'unsupervised':
      return 'the job was begun, and nobody looks after it there';
    case 'rebooted':
      return 'the job was begun, and the node rebooted since';
    case 'done': {
      const { verdict, code } = status.result;
      return `the job is over: ${verdict === 'exited' ? `exit ${code}` : verdict}`;
    }
  }
}

/** Throws what `RemoteNode` throws where the record cannot be read. */
export async function inspectJob(context: StepContext<StepPorts>, input: AccessInput, jobId: string): Promise<Trace> {
  const node = nodeOf(context, input);
  await node.waitReachable(REACH_MS, context.signal);
  return { text: describeJob(await node.jobStatus(jobId, context.signal)) };
}
