/** Waiting until Nova says ACTIVE, and saying what ERROR means. */
import { z } from 'zod';
import { blindList } from '../cloud/blind-list.ts';
import type { StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import type { StepPorts } from './ports.ts';
import { CLOUD_RETRY } from './retry-policies.ts';
import { classifyFault } from './server-fault.ts';

const input = z.object({ node: z.string() });
const output = z.object({ zone: z.string().nullable() });

const BUILD_LIMIT_MS = 20 * 60_000;

/** One paged list per poll serves every node that waits. */
export const waitServer: StepKind<StepPorts, z.infer<typeof input>, z.infer<typeof output>> = {
  kind: 'wait-server',
  version: 1,
  repeat: 'read',
  input,
  output,
  retry: CLOUD_RETRY,
  timeLimitMs: BUILD_LIMIT_MS + 60_000,
  title: () => 'wait until the server is ACTIVE',
  observe: async () => ({ state: 'absent' }),
  async perform(context, { node }) {
    const { cloud, servers, cluster, clock } = context.ports;
    const { serverId } = context.outputOf<{ serverId: string }>(`create-server/${node}`);
    const beganMs = clock.monotonicMs();
    let misses = 0;
    let isSeen = false;
    const server = await servers.wait(
      serverId,
      (seen) => {
        misses = seen === null ? misses + 1 : 0;
        isSeen ||= seen !== null;
        if (seen !== null && seen.status !== 'BUILD' && seen.status !== 'UNKNOWN') return true;
        const waitedMs = clock.monotonicMs() - beganMs;
        // Once seen, five polls in a row without the server mean that it is gone; before, it may not be visible yet.
        return (misses >= 5 && (isSeen || waitedMs >= cluster.settleMs)) || waitedMs > BUILD_LIMIT_MS;
      },
      context.signal,
    );
    const at = `server ${serverId}`;
    if (server === null) {
      // Only a 404 proves that it is gone; lists have been wrong before.
      if ((await cloud.getServer(serverId, context.signal)) !== null) {
        throw blindList(['Nova shows the server, but does not list it'], {
          at,
          state: 'the server is kept',
          disposition: 'retryable',
        });
      }
      throw new BuilderError('server-gone', `${node}: the server vanished while it was being built`, { at });
    }
    if (server.status === 'ACTIVE') return { zone: server.zone };
    if (server.status === 'BUILD' || server.status === 'UNKNOWN') {
      throw new BuilderError('server-stuck', `${node}: the server is in ${server.status} for 20 minutes`, { at });
    }
    throw classifyFault(node, serverId, server.status, server.fault ?? 'Nova gives no fault');
  },
};
