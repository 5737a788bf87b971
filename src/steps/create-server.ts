/** A node's server: booted from its port, with its mark in the same request. `once`, yet adoptable by that mark. */
import { z } from 'zod';
import type { Mark, Server } from '../cloud/cloud.ts';
import { serverName } from '../cloud/resource-names.ts';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { renderUserData } from '../remote/commands/user-data.ts';
import { proveMade } from './adopt-object.ts';
import { freePort } from './free-port.ts';
import { isOfAttempt, markOf, observeCreation } from './observe-creation.ts';
import { CLIENT_KEY, hostKeyName, type StepPorts } from './ports.ts';
import { CLOUD_LIMIT_MS, CLOUD_RETRY } from './retry-policies.ts';

const input = z.object({
  node: z.string(),
  imageId: z.string(),
  flavorId: z.string(),
  /** Tried in turn by the generations of the node's server; empty leaves the choice to Nova. */
  zones: z.array(z.string()),
  keyName: z.string().nullable(),
  user: z.string(),
});
const output = z.object({ serverId: z.string() });

/** "Port … is still in use": asked again at once, it would be so, too. */
async function awaitPort(context: StepContext<StepPorts>, node: string): Promise<void> {
  const isOld = (mark: Mark): boolean => mark.generation <= context.generation && mark.nonce !== context.nonce;
  try {
    await freePort(context, node, isOld);
  } catch (hindrance) {
    // What the cloud says while we wait, or Ctrl-C, tells nothing about the create, whose own answer counts.
    if (!(hindrance instanceof BuilderError) && !context.signal.aborted) throw hindrance;
  }
}

/** Throws `drift` for a server that was booted from something else. */
function toOutput(context: StepContext<StepPorts>, server: Server, imageId: string): z.infer<typeof output> {
  if (server.imageId === null || server.imageId === imageId) return { serverId: server.id };
  throw new BuilderError('drift', `server ${server.id} carries our mark but was booted from image ${server.imageId}`, {
    at: context.key,
    fix: 'look at it; ./builder destroy removes it with the cluster',
  });
}

/** https://docs.openstack.org/api-ref/compute/#create-server */
export const createServer: StepKind<StepPorts, z.infer<typeof input>, z.infer<typeof output>> = {
  kind: 'create-server',
  version: 1,
  repeat: 'once',
  input,
  output,
  retry: CLOUD_RETRY,
  timeLimitMs: CLOUD_LIMIT_MS,
  title: () => 'create the server',
  resource: { kind: 'server', idOf: (made) => made.serverId },
  observe: (context, { imageId }) =>
    observeCreation(context, (survey) => {
      const server = survey.servers.find((candidate) => isOfAttempt(context, candidate.mark));
      return server === undefined ? null : toOutput(context, server, imageId);
    }),
  async adopt(context, { imageId }, id) {
    const found = await context.ports.cloud.getServer(id, context.signal);
    return toOutput(context, proveMade(context, 'server', id, found), imageId);
  },
  async perform(context, { node, imageId, flavorId, zones, keyName, user }) {
    const { cloud, cluster, secrets, keys } = context.ports;
    const { portId } = context.outputOf<{ portId: string }>(`create-port/${node}`);
    const name = hostKeyName(node, context.generation);
    const hostPrivateKey = await secrets.ensure(name, () => keys.make(`${node}.${cluster.name}`).privateKey);
    const userData = renderUserData({
      hostname: node,
      user,
      authorizedKey: keys.publicOf(secrets.get(CLIENT_KEY)),
      hostPrivateKey,
      hostPublicKey: keys.publicOf(hostPrivateKey),
    });
    const zone = zones[(context.generation - 1) % Math.max(1, zones.length)] ?? null;
    const request = {
      name: serverName(cluster.name, node, context.generation),
      imageId,
      flavorId,
      portId,
      zone,
      keyName,
      userData,
      mark: markOf(context),
    };
    try {
      const made = await cloud.createServer(request, context.signal);
      return { serverId: made.id };
    } catch (error) {
      if (error instanceof BuilderError && error.code === 'conflict') await awaitPort(context, node);
      // Whoever got the port may be this very request, delivered twice: it stays in doubt.
      throw error;
    }
  },
};
