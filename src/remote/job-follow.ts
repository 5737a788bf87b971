/** Following one remote job from its start to its record: its log goes into a sink, byte for byte, over any number of connections. */
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { type AgentAnswer, type ReportWish, statusOf } from './agent-call.ts';
import { canceledBy } from './canceled-by.ts';
import type { JobResult, JobSpec, LogSink } from './remote.ts';
import type { SshSession } from './ssh-session.ts';

const PIECE_BYTES = 1024 * 1024;
const LONG_POLL_MS = 10_000;
/** Between two questions while the log grows in small pieces: live enough for people, cheap enough for a hundred nodes. */
const PACE_MIN_MS = 100;
const PACE_MAX_MS = 1_000;
/** How often a job that does not come to life is started again before that is an error. */
const START_LIMIT = 6;
/** How often a log that is not the one followed is read again from its start. */
const RESTART_LIMIT = 2;

export class JobFollower {
  private readonly session: SshSession;
  private readonly clock: Clock;
  private readonly spec: JobSpec;
  private readonly sink: LogSink;
  private readonly onQuiet: (quietMs: number) => void;
  /** What the next question is: all from the start, a new supervisor, or only the log. */
  private next: 'run' | 'start' | 'tail' = 'run';
  private mustVerify = true;
  private restarts = 0;
  private starts = 0;
  private paceMs = PACE_MIN_MS;
  private grownAtMs: number;
  private toldQuietAtMs: number;

  constructor(session: SshSession, clock: Clock, spec: JobSpec, sink: LogSink, onQuiet: (quietMs: number) => void) {
    this.session = session;
    this.clock = clock;
    this.spec = spec;
    this.sink = sink;
    this.onQuiet = onQuiet;
    this.grownAtMs = clock.monotonicMs();
    this.toldQuietAtMs = this.grownAtMs;
  }

  /** Resolves with the record once the sink holds all of the log, compared with the record's length and digest. */
  async follow(signal: AbortSignal): Promise<JobResult> {
    for (let failures = 0; ; ) {
      try {
        const result = await this.step(signal);
        failures = 0;
        if (result !== null) return result;
      } catch (error) {
        if (!(error instanceof BuilderError) || error.code !== 'ssh-lost') throw error;
        // The job goes on without us; the log is compared before it is continued.
        this.mustVerify = true;
        await this.session.pause(failures, signal);
        failures += 1;
      }
    }
  }

  private async step(signal: AbortSignal): Promise<JobResult | null> {
    const { offset, prefixSha256 } = this.sink.position();
    const quietMs = this.spec.quietLimitMs;
    const waitMs = Math.min(
      LONG_POLL_MS,
      quietMs === null ? LONG_POLL_MS : Math.max(50, quietMs - (this.clock.monotonicMs() - this.toldQuietAtMs)),
    );
    const isFirstLook = this.next === 'run' && offset === 0;
    const answer = await this.ask(
      // The first look comes back at once, so that people see that the job runs.
      {
        offset,
        prefixSha256: this.mustVerify && offset > 0 ? prefixSha256 : null,
        waitMs: isFirstLook ? 0 : waitMs,
        until: 'growth',
        limit: PIECE_BYTES,
      },
      signal,
    );
    if (answer.fields.get('changed') === 'yes') return this.restart();
    this.mustVerify = false;
    if (answer.body.length > 0) {
      try {
        await this.sink.append(answer.body);
      } catch (error) {
        // A sink that reads again what an earlier run kept finds out here.
        if (error instanceof BuilderError && error.code === 'log-changed') return this.restart();
        throw error;
      }
    }
    return this.decide(answer, offset + answer.body.length, signal);
  }

  private ask(wish: ReportWish, signal: AbortSignal): Promise<AgentAnswer> {
    const { language } = this.session;
    if (this.next === 'run') return this.session.ask(language.run(this.spec, wish), wish.waitMs, signal);
    if (this.next === 'start')
      return this.session.ask(language.start(this.spec.id, this.spec.epoch, wish), wish.waitMs, signal);
    return this.session.ask(language.tail(this.spec.id, wish), wish.waitMs, signal);
  }

  private async decide(answer: AgentAnswer, offset: number, signal: AbortSignal): Promise<JobResult | null> {
    const status = statusOf(answer);
    this.next = 'tail';
    this.noteGrowth(answer.body.length);
    if (status.state === 'done') return offset < status.result.logBytes ? null : this.conclude(status.result);
    if (status.state === 'absent') {
      // It was there before: another server answers, or someone removed it. Starting it again is not ours to decide.
      throw new BuilderError('job-lost', `${this.session.endpoint.node}: the remote job ${this.spec.id} is gone`, {
        at: this.session.endpoint.node,
      });
    }
    if (status.state === 'running') {
      this.starts = 0;
      if (answer.body.length > 0 && answer.body.length < PIECE_BYTES) await this.breathe(signal);
      return null;
    }
    this.starts += 1;
    if (this.starts > START_LIMIT) {
      throw new BuilderError(
        'job-lost',
        `${this.session.endpoint.node}: the remote job ${this.spec.id} does not start (${status.state})`,
        {
          at: this.session.endpoint.node,
        },
      );
    }
    if (this.starts > 1) await this.session.pause(this.starts, signal);
    this.next = 'start';
    return null;
  }

  private async conclude(result: JobResult): Promise<JobResult | null> {
    const { offset, prefixSha256 } = this.sink.position();
    if (offset !== result.logBytes || prefixSha256 !== result.logSha256) return this.restart();
    await this.sink.end();
    return result;
  }

  private async restart(): Promise<null> {
    this.restarts += 1;
    if (this.restarts > RESTART_LIMIT) {
      throw new BuilderError(
        'log-changed',
        `${this.session.endpoint.node}: the log of ${this.spec.id} is not what its record says`,
        {
          at: this.session.endpoint.node,
          state: 'the job itself is not affected',
        },
      );
    }
    await this.sink.restart();
    this.mustVerify = false;
    return null;
  }

  private noteGrowth(bytes: number): void {
    const nowMs = this.clock.monotonicMs();
    if (bytes > 0) {
      this.grownAtMs = nowMs;
      this.toldQuietAtMs = nowMs;
    } else if (this.spec.quietLimitMs !== null && nowMs - this.toldQuietAtMs >= this.spec.quietLimitMs) {
      this.toldQuietAtMs = nowMs;
      this.onQuiet(nowMs - this.grownAtMs);
    }
    this.paceMs = bytes > 0 ? Math.min(PACE_MAX_MS, this.paceMs * 2) : PACE_MIN_MS;
  }

  private async breathe(signal: AbortSignal): Promise<void> {
    try {
      await this.clock.sleep(this.paceMs, signal);
    } catch {
      // A sleep rejects for one reason only.
      throw canceledBy(signal);
    }
  }
}
