/** Waiting until a node's port is free for a new server: an old one may hold it unlisted, or when it is gone already. */
import type { Mark } from '../cloud/cloud.ts';
import { removeServer } from '../cloud/remove-server.ts';
import type { StepContext } from '../engine/step.ts';
import type { StepPorts } from './ports.ts';

const LEAST_PATIENCE_MS = 2 * 60_000;
const RESEND_MS = 20_000;
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 10_000;

/**
 * What `isOld` of this node's servers and has the port is asked to go, whether lists show it or not; everything else is left alone.
 * False when the port is still held after two minutes, or the settle window where that is longer.
 */
export async function freePort(
  context: StepContext<StepPorts>,
  node: string,
  isOld: (mark: Mark) => boolean,
): Promise<boolean> {
  const { cloud, cluster, clock } = context.ports;
  const made = context.findOutput<{ portId: string }>(`create-port/${node}`);
  if (made === null) return true;
  const beganMs = clock.monotonicMs();
  let sentAtMs = Number.NEGATIVE_INFINITY;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    const port = await cloud.getPort(made.portId, context.signal);
    if (port === null || port.deviceId === '') return true;
    const holder = await cloud.getServer(port.deviceId, context.signal);
    const mark = holder?.mark ?? null;
    const isOurs =
      mark?.cluster === cluster.id && mark.key === `create-server/${node}` && holder?.projectId === port.projectId;
    // A server that asked for the port and got it, be it ours or not, will not leave it.
    if (holder !== null && !(isOurs && isOld(mark))) return false;
    const nowMs = clock.monotonicMs();
    if (nowMs - beganMs >= Math.max(LEAST_PATIENCE_MS, cluster.settleMs)) return false;
    if (holder !== null && nowMs - sentAtMs >= RESEND_MS) {
      sentAtMs = nowMs;
      await removeServer(cloud, holder, context.signal);
    }
    context.report(`waiting for the port: server ${port.deviceId} still has it`);
    await clock.sleep(pauseMs, context.signal);
  }
}
