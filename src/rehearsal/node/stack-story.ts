/** All lines of a run of stack.sh with their times: milestones, noise between them, and how it ends. */

import type { StackRow } from '../world.ts';
import { Dice } from './dice.ts';
import { type NoiseFacts, trace } from './stack-fetch-noise.ts';
import { NOISE } from './stack-noise.ts';
import { endAfterMs, LOG_FILE, type Milestone, milestonesOf } from './stack-run.ts';

export interface StoryLine {
  readonly text: string;
  readonly afterMs: number;
  /** Printed past DevStack's filter, which stamps all others. */
  readonly isPlain: boolean;
}

const LINES_PER_SECOND = 16.5;

function factsOf({ localrc, services, host }: StackRow): NoiseFacts {
  const hostIp = localrc['HOST_IP'] ?? '127.0.0.1';
  const passwords = ['ADMIN_PASSWORD', 'DATABASE_PASSWORD', 'RABBIT_PASSWORD', 'SERVICE_PASSWORD'].map(
    (name) => [name, localrc[name] ?? ''] as const,
  );
  return {
    host,
    hostIp,
    serviceHost: localrc['SERVICE_HOST'] ?? hostIp,
    gitBase: localrc['GIT_BASE'] ?? 'https://opendev.org',
    services,
    passwords,
  };
}

/** What comes before the first milestone: settings, among them every password. */
function opening(row: StackRow, facts: NoiseFacts): readonly string[] {
  return [
    ...Object.entries(row.localrc).map(([name, value]) => trace('./stack.sh', 'source', 12, `${name}=${value}`)),
    ...announce(`stack.sh log ${LOG_FILE}`),
    `Linux ${facts.host} 6.1.0-31-cloud-amd64 #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux`,
    'Using mysql database backend',
    ...facts.passwords.map(([name, value]) => trace('./stack.sh', 'read_password', 614, `export ${name}=${value}`)),
    trace('./stack.sh', 'save_stackenv', 684, 'echo SERVICE_HOST'),
  ];
}

function announce(line: string): readonly string[] {
  return [
    trace('./stack.sh', 'main', 802, `echo_summary '${line}'`),
    trace('./stack.sh', 'echo_summary', 455, '[[ -t 3 ]]'),
    trace('./stack.sh', 'echo_summary', 461, `echo -e ${line}`),
  ];
}

function noiseUntil(count: number, milestone: Milestone, facts: NoiseFacts, dice: Dice): readonly string[] {
  const lines: string[] = [];
  while (lines.length < count) lines.push(...dice.pick(NOISE[milestone.work])(dice, facts));
  return lines;
}

function lastWords(row: StackRow): readonly string[] {
  return [...row.lastWords, `stack.sh failed: full log in ${LOG_FILE}`, 'Error on exit'];
}

/** How a run that went through ends: for people, so past the filter. */
function farewell(row: StackRow, facts: NoiseFacts, endMs: number): readonly string[] {
  const seconds = Math.round(endMs / 1000);
  const share = (part: number): string => String(Math.round(seconds * part)).padStart(6);
  const rule = '='.repeat(25);
  const isKeystone = row.services.includes('key');
  return [
    rule,
    'DevStack Component Timing',
    ' (times are in seconds)',
    rule,
    `wait_for_service   ${share(0.02)}`,
    `pip_install        ${share(0.31)}`,
    `apt-get            ${share(0.2)}`,
    `git_timed          ${share(0.07)}`,
    `dbsync             ${share(0.04)}`,
    `osc                ${share(0.06)}`,
    '-'.repeat(25),
    `Unaccounted time   ${share(0.3)}`,
    rule,
    `Total runtime      ${share(1)}`,
    '',
    '',
    `This is your host IP address: ${facts.hostIp}`,
    'This is your host IPv6 address: ::1',
    ...(row.services.includes('horizon') ? [`Horizon is now available at http://${facts.serviceHost}/dashboard`] : []),
    ...(isKeystone
      ? [
          `Keystone is serving at http://${facts.serviceHost}/identity/`,
          'The default users are: admin and demo',
          `The password: ${row.localrc['ADMIN_PASSWORD'] ?? ''}`,
        ]
      : []),
    '',
    'Services are running under systemd unit files.',
    'For more information see: ',
    'https://docs.openstack.org/devstack/latest/systemd.html',
    '',
  ];
}

/** Even steps from one time to another. */
function spreadOver(texts: readonly string[], fromMs: number, toMs: number): readonly StoryLine[] {
  const stepMs = (toMs - fromMs) / Math.max(1, texts.length);
  return texts.map((text, index) => ({ text, afterMs: Math.round(fromMs + stepMs * index), isPlain: false }));
}

/** The same for the same row. */
export function tellStack(row: StackRow): readonly StoryLine[] {
  const facts = factsOf(row);
  const dice = new Dice(row.seed);
  const endMs = endAfterMs(row);
  const milestones = milestonesOf(row).filter(({ afterMs }) => afterMs <= endMs);
  const lines: StoryLine[] = opening(row, facts).map((text) => ({ text, afterMs: 0, isPlain: false }));
  for (const [index, milestone] of milestones.entries()) {
    const untilMs = milestones[index + 1]?.afterMs ?? endMs;
    const count = ((untilMs - milestone.afterMs) / 1000) * LINES_PER_SECOND;
    const texts = [...announce(milestone.line), ...noiseUntil(count, milestone, facts, dice)];
    lines.push(...spreadOver(texts, milestone.afterMs, untilMs));
  }
  const isFailed = row.failsAt !== null;
  const end = isFailed ? lastWords(row) : farewell(row, facts, endMs);
  return [...lines, ...end.map((text) => ({ text, afterMs: endMs, isPlain: !isFailed }))];
}
