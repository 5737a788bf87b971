/** Removing everything that carries a cluster's mark, until two sweeps in a row find nothing (reliability.md section 2.5). */
import { blindList } from '../cloud/blind-list.ts';
import type { Cloud, ResourceKind } from '../cloud/cloud.ts';
import type { EmitEvent } from '../engine/events.ts';
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { ResourceState } from '../journal/state.ts';
import { nextDeletions, type Owned, ownedBy } from '../plan/ownership.ts';
import { deleteOwned } from './delete-owned.ts';

interface Known {
  readonly kind: string;
  readonly id: string;
  /** Before then a 404 may mean that it is not visible yet, unless we have seen it. */
  readonly visibleAt: Date;
}

export interface Emptying {
  readonly cloud: Cloud;
  readonly owner: { readonly id: string; readonly scope: { readonly projectId: string } };
  /** Creates sent before may still show up until then. */
  readonly settledAt: Date;
  /** What the journal knows of; each id must answer 404 in the end. */
  readonly known: readonly Known[];
  readonly unlock: boolean;
  /** Journals an object's state before and after its delete. */
  record(object: Pick<Owned, 'kind' | 'id'> & { readonly mark?: Owned['mark'] }, state: ResourceState): Promise<void>;
  readonly emit: EmitEvent;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Sent {
  readonly count: number;
  /** Those that count against `MAX_SENDS`. */
  strikes: number;
  readonly atMs: number;
  /** The cloud said that it does it. */
  isAccepted: boolean;
}

const LIMIT_MS = 15 * 60_000;
const MAX_SENDS = 5;
const UNSURE_RESEND_MS = 3_000;
const RESEND_MS = 20_000;
const STUCK_RESEND_MS = 120_000;
const QUIET_MS = 2_000;
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 5_000;

/** Whether a delete is due: never sent, or sent and evidently without effect. */
function isDue(object: Owned, sent: Sent | undefined, nowMs: number): boolean {
  if (sent === undefined) return true;
  if (sent.strikes >= MAX_SENDS) return false;
  const sinceMs = nowMs - sent.atMs;
  if (!sent.isAccepted) return sinceMs > Math.min(RESEND_MS, UNSURE_RESEND_MS * 2 ** (sent.count - 1));
  const hasFailed = object.kind !== 'server' || object.status === 'ERROR';
  return sinceMs > (hasFailed ? RESEND_MS : STUCK_RESEND_MS);
}

/** One emptying: what was sent, what turned out not to be ours. */
class Sweeper {
  private readonly options: Emptying;
  private readonly sent = new Map<string, Sent>();
  private readonly skipped = new Map<string, 'foreign' | 'locked'>();
  private readonly gone = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(options: Emptying) {
    this.options = options;
  }

  /** What is left of ours, blindness included. */
  async look(): Promise<{ readonly owned: readonly Owned[]; readonly blindness: readonly string[] }> {
    const { cloud, owner, signal } = this.options;
    const survey = await cloud.survey(signal);
    const look = { owned: ownedBy(survey, owner.id, owner.scope.projectId), blindness: survey.blindness };
    for (const { id } of look.owned) this.seen.add(id);
    return look;
  }

  /** How long something may still show up. */
  unsettledMs(): number {
    const { settledAt, known, clock } = this.options;
    const unseen = known.filter(({ id }) => !this.seen.has(id) && !this.gone.has(id));
    const untilMs = Math.max(settledAt.getTime(), ...unseen.map(({ visibleAt }) => visibleAt.getTime()));
    return Math.max(0, untilMs - clock.now().getTime());
  }

  async send(owned: readonly Owned[]): Promise<void> {
    const { clock } = this.options;
    const wanted = owned.filter(({ id }) => !this.skipped.has(id));
    const due = nextDeletions(wanted).filter((object) => isDue(object, this.sent.get(object.id), clock.monotonicMs()));
    await Promise.all(due.map((object) => this.delete(object)));
  }

  private async delete(object: Owned): Promise<void> {
    const { cloud, owner, unlock, emit, clock, signal, record } = this.options;
    const { count: earlier, strikes } = this.sent.get(object.id) ?? { count: 0, strikes: 0 };
    const count = earlier + 1;
    const sent: Sent = { count, strikes: strikes + 1, atMs: clock.monotonicMs(), isAccepted: true };
    this.sent.set(object.id, sent);
    await record(object, 'deleting');
    if (count === 1)
      emit({ type: 'notice', level: 'info', text: `removing ${object.kind} ${object.name} (${object.id})` });
    const result = await deleteOwned(cloud, object, owner, unlock, signal);
    sent.isAccepted = result !== 'unsure';
    // What refuses to go may be in use by something that is not visible yet.
    if (!sent.isAccepted && this.unsettledMs() > 0) sent.strikes = strikes;
    if (result === 'foreign' || result === 'locked') {
      this.skipped.set(object.id, result);
      await record(object, result === 'foreign' ? 'foreign' : 'present');
      const text = `W6004 ${result}: ${object.kind} ${object.name} (${object.id}) is ${result === 'locked' ? 'locked' : 'not marked ours'}; left alone`;
      emit({ type: 'notice', level: 'warning', text });
    }
  }

  /** Every id the journal knows answers 404; those of which that proves something are recorded as gone. */
  async isEveryKnownGone(): Promise<boolean> {
    const { known, clock, record } = this.options;
    const open = known.filter(({ id }) => !this.gone.has(id));
    const answers = await Promise.all(open.map((entry) => this.isGone(entry)));
    for (const [index, { kind, id, visibleAt }] of open.entries()) {
      if (answers[index] !== true) this.seen.add(id);
      else if (this.seen.has(id) || clock.now().getTime() >= visibleAt.getTime()) {
        this.gone.add(id);
        await record({ kind: kind as ResourceKind, id }, 'gone');
      }
    }
    return answers.every(Boolean);
  }

  private async isGone({ kind, id }: Known): Promise<boolean> {
    const { cloud, signal } = this.options;
    switch (kind) {
      case 'server': {
        const server = await cloud.getServer(id, signal);
        return server === null || server.status === 'DELETED';
      }
      case 'port':
        return (await cloud.getPort(id, signal)) === null;
      case 'floating-ip':
        return (await cloud.getFloatingIp(id, signal)) === null;
      default:
        return (await cloud.getSecurityGroup(id, signal)) === null;
    }
  }

  /** The error for what did not go away, and why. */
  remainder(owned: readonly Owned[]): BuilderError {
    const texts = owned.map(({ kind, name, id, status }) =>
      `${kind} ${name} (${id}) ${this.skipped.get(id) ?? status}`.trim(),
    );
    const isLocked = owned.some(({ id }) => this.skipped.get(id) === 'locked');
    const isStuck = !isLocked && owned.some(({ id }) => (this.sent.get(id)?.strikes ?? 0) >= MAX_SENDS);
    return new BuilderError(isStuck ? 'stuck' : 'left-behind', texts.join('; '), {
      at: `cluster ${this.options.owner.id}`,
      state: `${owned.length} objects are left; the others are gone`,
      fix: isLocked
        ? 'unlock them, or pass --unlock'
        : 'run the same command again; if that does not help, ask the operator of the cloud',
      details: { remainder: owned.map(({ kind, id, name, status }) => ({ kind, id, name, status })) },
    });
  }

  isStuck(owned: readonly Owned[]): boolean {
    return owned.length > 0 && owned.every(({ id }) => this.skipped.has(id));
  }
}

/** What is left after the deletes were sent once. */
export interface Asked {
  readonly count: number;
  /** How long something may still show up. */
  readonly unsettledMs: number;
}

/** Sends the deletes once, in order as far as that goes without waiting. */
export async function askToEmpty(options: Emptying): Promise<Asked> {
  const sweeper = new Sweeper(options);
  const { owned } = await sweeper.look();
  await sweeper.send(owned);
  return { count: owned.length, unsettledMs: sweeper.unsettledMs() };
}

/** Throws `left-behind` or `stuck` (exit 6) with the exact remainder, `blind-list` when absence cannot be believed. */
export async function emptyCloud(options: Emptying): Promise<void> {
  const { clock, signal, emit } = options;
  const sweeper = new Sweeper(options);
  const deadlineMs = clock.monotonicMs() + sweeper.unsettledMs() + LIMIT_MS;
  let emptyAt: number | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const { owned, blindness } = await sweeper.look();
    const isEmpty = owned.length === 0 && blindness.length === 0 && (await sweeper.isEveryKnownGone());
    const unsettledMs = sweeper.unsettledMs();
    const isSettled = unsettledMs === 0;
    if (isEmpty && isSettled && emptyAt !== null && clock.monotonicMs() - emptyAt >= QUIET_MS) return;
    if (!isEmpty) {
      emptyAt = null;
      await sweeper.send(owned);
    } else if (emptyAt === null) {
      emptyAt = clock.monotonicMs();
      const wait = isSettled ? '' : `; a late create could still show up for ${Math.ceil(unsettledMs / 1000)} s`;
      emit({ type: 'notice', level: 'info', text: `nothing is left; looking once more${wait}` });
    }
    if (sweeper.isStuck(owned) || clock.monotonicMs() > deadlineMs) {
      if (owned.length > 0) throw sweeper.remainder(owned);
      throw blindList(blindness);
    }
    await clock.sleep(isEmpty ? QUIET_MS : pauseMs, signal);
    pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 1.3);
  }
}
