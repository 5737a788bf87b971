/** Removing the server of an earlier generation, so that its port is free for the next one. */
import { z } from 'zod';
import { blindList } from '../cloud/blind-list.ts';
import type { Survey } from '../cloud/cloud.ts';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { freePort } from './free-port.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { CLOUD_RETRY } from './retry-policies.ts';

const input = z.object({ node: z.string(), generation: z.number().int().positive() });
const MAX_SENDS = 5;
const PATIENCE_MS = 2 * 60_000;
const BLIND_PAUSE_MS = 5_000;
/** An ERROR server stays ERROR for a moment after its delete was accepted; only later does ERROR mean that the delete failed. */
const ERROR_GRACE_MS = 15_000;

/** A survey that can be believed. What was accepted a moment ago is counted before it is listed, so that it is waited for. */
async function surveyAll(context: StepContext<StepPorts>): Promise<Survey> {
  const { cloud, cluster, clock } = context.ports;
  const untilMs = clock.monotonicMs() + Math.min(cluster.settleMs, PATIENCE_MS);
  for (;;) {
    const survey = await cloud.survey(context.signal);
    if (survey.blindness.length === 0) return survey;
    if (clock.monotonicMs() >= untilMs) {
      throw blindList(survey.blindness, {
        at: context.key,
        state: 'what the lists leave out was not removed',
        disposition: 'retryable',
      });
    }
    context.report(`looking again: ${survey.blindness.join('; ')}`);
    await clock.sleep(BLIND_PAUSE_MS, context.signal);
  }
}

/** False when it is still there after all that may be sent. */
async function removeOne(context: StepContext<StepPorts>, id: string): Promise<boolean> {
  const { cloud, servers, clock } = context.ports;
  for (let sends = 0; sends < MAX_SENDS; sends += 1) {
    // Each send waits for the answer to the one before.
    await cloud.deleteServer(id, context.signal);
    const sentAt = clock.monotonicMs();
    const seen = await servers.wait(
      id,
      (now) => {
        const waitedMs = clock.monotonicMs() - sentAt;
        const hasFailed = now?.status === 'ERROR' && now.taskState === null && waitedMs > ERROR_GRACE_MS;
        return now === null || hasFailed || waitedMs > PATIENCE_MS;
      },
      context.signal,
    );
    if (seen === null && (await cloud.getServer(id, context.signal)) === null) return true;
  }
  return false;
}

/**
 * Deletes every server with our cluster's mark for this node and a generation up to the given one, and waits until each is gone:
 * only a 404 proves it, and only a port without a device that the next one can have it. What does not carry the mark is left alone.
 */
export const removeServer: StepKind<StepPorts, z.infer<typeof input>, Record<string, never>> = {
  kind: 'remove-server',
  version: 1,
  repeat: 'idempotent',
  input,
  output: nothing,
  retry: CLOUD_RETRY,
  timeLimitMs: 15 * 60_000,
  title: ({ generation }) => `remove the server of generation ${generation}`,
  observe: async () => ({ state: 'resumable' }),
  async perform(context, { node, generation }) {
    const { cluster, recordGone } = context.ports;
    const { servers: listed } = await surveyAll(context);
    const old = listed.flatMap((server) => {
      const { mark } = server;
      const isOld =
        mark?.cluster === cluster.id && mark.key === `create-server/${node}` && mark.generation <= generation;
      return isOld ? [{ id: server.id, mark }] : [];
    });
    for (const { id, mark } of old) {
      // One at a time on purpose: a node has one old server.
      if (!(await removeOne(context, id))) {
        throw new BuilderError('stuck', `${node}: server ${id} does not go away`, {
          at: `server ${id}`,
          fix: 'ask the operator of the cloud, then run the same command again',
        });
      }
      await recordGone('server', id, mark);
    }
    if (!(await freePort(context, node, (mark) => mark.generation <= generation))) {
      throw new BuilderError('conflict', `${node}: its port is still in use, though its server is gone`, {
        at: context.key,
        state: 'no new server was asked for',
        fix: 'run the same command again; if that does not help, ask the operator of the cloud',
        disposition: 'retryable',
      });
    }
    return {};
  },
};
