/** What a node that leaves has in the cloud goes: floating IP, server, port, each after it is read again and proven ours. */
import { z } from 'zod';
import { blindList } from '../cloud/blind-list.ts';
import type { Mark, ResourceKind, Survey } from '../cloud/cloud.ts';
import { deleteOwned } from '../cloud/delete-owned.ts';
import { findObject } from '../cloud/find-object.ts';
import type { JsonObject, StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { CLOUD_LIMIT_MS, CLOUD_RETRY } from './retry-policies.ts';

type Context = StepContext<StepPorts>;

const input = z.object({
  node: z.string(),
  generation: z.number().int().positive(),
  /** UTC, ISO: a create whose answer was lost may still show up until then; null where every answer is known. */
  settledAt: z.string().nullable(),
});

/** One kind of object: the step that makes it, and where it is listed. */
interface Kind {
  readonly kind: Extract<ResourceKind, 'floating-ip' | 'server' | 'port'>;
  readonly maker: string;
  idOf(output: JsonObject): unknown;
  listed(survey: Survey): readonly { readonly id: string; readonly mark: Mark | null }[];
}

/** In the order in which they go (reliability.md section 2.4). */
const KINDS: readonly Kind[] = [
  {
    kind: 'floating-ip',
    maker: 'create-floating-ip',
    idOf: (output) => output['floatingIpId'],
    listed: ({ floatingIps }) => floatingIps,
  },
  {
    kind: 'server',
    maker: 'create-server',
    idOf: (output) => output['serverId'],
    listed: ({ servers }) => servers,
  },
  {
    kind: 'port',
    maker: 'create-port',
    idOf: (output) => output['portId'],
    listed: ({ ports }) => ports,
  },
];

const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 10_000;
const PATIENCE_MS = 10 * 60_000;
const RESEND_MS = 20_000;
const RESEND_SERVER_MS = 2 * 60_000;

function refuse(context: Context, code: 'left-behind' | 'stuck', { kind }: Kind, id: string, why: string, fix: string) {
  return new BuilderError(code, `${kind} ${id} ${why}`, {
    at: context.key,
    state: 'it was left as it is; the other nodes are unharmed',
    fix: `${fix}, then run the same command again`,
  });
}

/** Until it answers 404: a delete is accepted long before it is done, and may be sent again. */
async function removeOne(context: Context, kind: Kind, key: string, id: string, known: unknown): Promise<void> {
  const { cloud, clock, recordGone, cluster } = context.ports;
  const owner = { id: cluster.id, scope: { projectId: cluster.projectId } };
  const beganMs = clock.monotonicMs();
  let sentAtMs = Number.NEGATIVE_INFINITY;
  let mark: Mark = { cluster: cluster.id, key, generation: context.generation, nonce: '', epoch: 0 };
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    const found = await findObject(cloud, { kind: kind.kind, id }, context.signal);
    if (found === null) {
      await recordGone(kind.kind, id, mark);
      return;
    }
    const nowMs = clock.monotonicMs();
    if (nowMs - beganMs > PATIENCE_MS)
      throw refuse(context, 'stuck', kind, id, 'does not go away', 'ask the operator of the cloud');
    if (nowMs - sentAtMs >= (kind.kind === 'server' ? RESEND_SERVER_MS : RESEND_MS)) {
      sentAtMs = nowMs;
      mark = found.mark ?? mark;
      // Without a mark it is ours only where the journal has its id from the answer to our own create.
      const object = { kind: kind.kind, id, mark: { key }, isUnmarked: id === known };
      const result = await deleteOwned(cloud, object, owner, false, context.signal);
      if (result === 'locked') throw refuse(context, 'left-behind', kind, id, 'is locked', 'unlock it');
      if (result === 'foreign') {
        // What somebody else marked in the place of ours is not ours to delete, and not in our way either.
        context.report(`W6004 foreign: ${kind.kind} ${id} is not marked ours; left alone`);
        return;
      }
    }
    context.report(`waiting until ${kind.kind} ${id} is gone`);
    await clock.sleep(pauseMs, context.signal);
  }
}

/** Ids of what carries the node's mark, and of what the journal knows. Only lists that can be believed count. */
async function findAll(context: Context, kind: Kind, key: string, known: unknown): Promise<ReadonlySet<string>> {
  const { cluster, cloud } = context.ports;
  const survey = await cloud.survey(context.signal);
  if (survey.blindness.length > 0) {
    throw blindList(survey.blindness, {
      at: context.key,
      state: 'what the lists leave out was not removed',
      disposition: 'retryable',
    });
  }
  const marked = kind
    .listed(survey)
    .filter(({ mark }) => mark?.cluster === cluster.id && mark.key === key)
    .map(({ id }) => id);
  return new Set([...(typeof known === 'string' ? [known] : []), ...marked]);
}

/** Waits out the settle window of a create that may still show up. */
async function settle({ ports: { clock }, signal, report }: Context, settledAt: string | null): Promise<void> {
  const leftMs = settledAt === null ? 0 : Date.parse(settledAt) - clock.now().getTime();
  if (leftMs <= 0) return;
  report(`waiting up to ${Math.ceil(leftMs / 1000)} s for what may still show up`);
  await clock.sleep(leftMs, signal);
}

export const removeNode: StepKind<StepPorts, z.infer<typeof input>, Record<string, never>> = {
  kind: 'remove-node',
  version: 1,
  repeat: 'idempotent',
  input,
  output: nothing,
  retry: CLOUD_RETRY,
  timeLimitMs: CLOUD_LIMIT_MS,
  title: ({ node }) => `remove server, floating IP and port of ${node}`,
  observe: async () => ({ state: 'resumable' }),
  async perform(context, { node, settledAt }) {
    await settle(context, settledAt);
    for (const kind of KINDS) {
      const key = `${kind.maker}/${node}`;
      const output = context.findOutput<JsonObject>(key);
      const known = output === null ? null : kind.idOf(output);
      // One kind after the other: a port is in use until its server is gone.
      for (const id of await findAll(context, kind, key, known)) await removeOne(context, kind, key, id, known);
    }
    return {};
  },
};
