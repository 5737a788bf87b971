/** One look after the other at what is left of a cluster: what is seen, what was asked to go, what turned out not to be ours. */
import type { Cloud, Mark, ResourceKind, Survey } from '../cloud/cloud.ts';
import { deleteOwned } from '../cloud/delete-owned.ts';
import { type Found, findObject } from '../cloud/find-object.ts';
import type { EmitEvent } from '../engine/events.ts';
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { ResourceState } from '../journal/state.ts';
import { nextDeletions, type Owned, ownedBy } from '../plan/ownership.ts';

/** An object of the journal. */
export interface Known {
  readonly kind: ResourceKind;
  readonly id: string;
  /** What it was marked with. */
  readonly mark: Mark;
  /** Before then a 404 may mean that it is not visible yet, unless we have seen it. */
  readonly visibleAt: Date;
}

export interface Sweep {
  readonly cloud: Cloud;
  readonly owner: { readonly id: string; readonly scope: { readonly projectId: string } };
  /** Creates sent before may still show up until then. */
  readonly settledAt: Date;
  /** What the journal knows of; each id must answer 404 in the end. */
  readonly known: readonly Known[];
  readonly unlock: boolean;
  /** Journals an object's state before and after its delete. */
  record(object: Pick<Owned, 'kind' | 'id' | 'mark'>, state: ResourceState): Promise<void>;
  readonly emit: EmitEvent;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Look {
  /** Of ours. */
  readonly owned: readonly Owned[];
  readonly blindness: readonly string[];
}

interface Sent {
  readonly count: number;
  /** Those that count against `MAX_SENDS`. */
  strikes: number;
  readonly atMs: number;
  /** The cloud said that it does it. */
  isAccepted: boolean;
}

const MAX_SENDS = 5;
const UNSURE_RESEND_MS = 3_000;
const RESEND_MS = 20_000;
const STUCK_RESEND_MS = 120_000;

/** Whether a delete is due: never sent, or sent and evidently without effect. */
function isDue(object: Owned, sent: Sent | undefined, nowMs: number): boolean {
  if (sent === undefined) return true;
  if (sent.strikes >= MAX_SENDS) return false;
  const sinceMs = nowMs - sent.atMs;
  if (!sent.isAccepted) return sinceMs > Math.min(RESEND_MS, UNSURE_RESEND_MS * 2 ** (sent.count - 1));
  const hasFailed = object.kind !== 'server' || object.status === 'ERROR';
  return sinceMs > (hasFailed ? RESEND_MS : STUCK_RESEND_MS);
}

/** A server that was deleted softly is in no list, yet its port tells of it. */
function pluggedServers(survey: Survey, owned: readonly Owned[]): readonly string[] {
  const ours = new Set(owned.map(({ id }) => id));
  return survey.ports.flatMap(({ id, deviceId }) =>
    ours.has(id) && deviceId !== '' && !ours.has(deviceId) ? [deviceId] : [],
  );
}

export class Sweeper {
  private readonly options: Sweep;
  private readonly sent = new Map<string, Sent>();
  private readonly skipped = new Map<string, 'foreign' | 'locked'>();
  private readonly gone = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(options: Sweep) {
    this.options = options;
  }

  /** What is left: what the lists show, and what they leave out and answers by its id. */
  async look(): Promise<Look> {
    const { cloud, owner, known, signal } = this.options;
    const survey = await cloud.survey(signal);
    const listed = ownedBy(survey, owner.id, owner.scope.projectId);
    for (const { id } of listed) this.seen.add(id);
    const shown = new Set(listed.map(({ id }) => id));
    const hidden = known.filter(({ id }) => !shown.has(id) && !this.gone.has(id));
    const plugged = pluggedServers(survey, listed).filter((id) => known.every((entry) => entry.id !== id));
    const found = await Promise.all([
      ...hidden.map((entry) => this.lookAgain(entry)),
      ...[...new Set(plugged)].map((id) => this.lookAtServer(id)),
    ]);
    return { owned: [...listed, ...found.filter((object) => object !== null)], blindness: survey.blindness };
  }

  /** How long something may still show up, in milliseconds. */
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

  private isInProject({ projectId }: Found): boolean {
    return projectId === this.options.owner.scope.projectId;
  }

  /** null when it answers 404; recorded as gone once that proves something. */
  private async lookAgain({ kind, id, mark, visibleAt }: Known): Promise<Owned | null> {
    const { cloud, clock, signal, record } = this.options;
    const found = await findObject(cloud, { kind, id }, signal);
    if (found === null) {
      if (this.seen.has(id) || clock.now().getTime() >= visibleAt.getTime()) {
        this.gone.add(id);
        await record({ kind, id, mark }, 'gone');
      }
      return null;
    }
    this.seen.add(id);
    const { name, status, isLocked } = found;
    // Who lost its mark is ours all the same: its id came in the answer to our own create.
    const isUnmarked = found.mark === null && this.isInProject(found);
    return { kind, id, name, status, mark: found.mark ?? mark, isLocked, isUnmarked };
  }

  /** A server of nobody we know is looked at for its mark alone. */
  private async lookAtServer(id: string): Promise<Owned | null> {
    const { cloud, owner, signal } = this.options;
    const found = await findObject(cloud, { kind: 'server', id }, signal);
    if (found === null || found.mark?.cluster !== owner.id || !this.isInProject(found)) return null;
    return { kind: 'server', id, name: found.name, status: found.status, mark: found.mark, isLocked: found.isLocked };
  }

  private async delete(object: Owned): Promise<void> {
    const { cloud, owner, unlock, emit, clock, signal, record } = this.options;
    const { count: earlier, strikes } = this.sent.get(object.id) ?? { count: 0, strikes: 0 };
    const count = earlier + 1;
    const sent: Sent = { count, strikes: strikes + 1, atMs: clock.monotonicMs(), isAccepted: true };
    this.sent.set(object.id, sent);
    await record(object, 'deleting');
    if (count === 1) {
      const note = object.isUnmarked === true ? ', whose mark somebody removed' : '';
      emit({ type: 'notice', level: 'info', text: `removing ${object.kind} ${object.name} (${object.id})${note}` });
    }
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
}
