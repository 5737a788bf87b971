/** The cluster of the tests of a real stack.sh: a state of its own, its nodes and its cloud asked, and every figure kept. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { clusterPrefix } from '../../src/cloud/resource-names.ts';
import type { CheckResult } from '../../src/verify/check.ts';
import { serversOf } from '../live/support/account.ts';
import { openService } from '../live/support/service-api.ts';
import { type Ended, runBuilder } from '../support/run-builder.ts';
import { clusterKeptIn } from './kept.ts';

/** The state of a cluster that an earlier run of the tests left standing; null for a new one. */
export const keptState = process.env['BUILDER_TEST_KEPT'] ?? null;
export const name = clusterKeptIn(keptState ?? '') ?? `truth-${randomBytes(3).toString('hex')}`;
const figures: string[] = [];

export function note(text: string): void {
  figures.push(text);
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

export function summary(): string {
  return `\nsummary\n${figures.map((line) => `  ${line}\n`).join('')}`;
}

export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1000);
}

export async function timed(label: string, work: () => Promise<Ended>): Promise<Ended> {
  const startedAt = performance.now();
  const ended = await work();
  note(`${label}: exit ${ended.code ?? ended.signal}, ${secondsSince(startedAt)} s`);
  return ended;
}

export class RealCluster {
  readonly #state: string;
  readonly #apiNode: string;

  constructor(state: string, apiNode: string) {
    this.#state = state;
    this.#apiNode = apiNode;
  }

  builder(...args: readonly string[]): Promise<Ended> {
    return runBuilder(args, { state: this.#state });
  }

  async onNode(node: string, script: string): Promise<string> {
    const ended = await this.builder('ssh', name, node, '--', script);
    if (ended.code !== 0) throw new Error(`${node}: ${script}\n${ended.stdout}${ended.stderr}`);
    return ended.stdout;
  }

  /** The built cloud's own CLI, as its admin. */
  async openstack(words: string): Promise<unknown> {
    const script = `sudo -u stack -H env OS_CLOUD=devstack-admin openstack ${words} -f json </dev/null`;
    const text = await this.onNode(this.#apiNode, script);
    return JSON.parse(text.slice(text.search(/[[{]/))) as unknown;
  }

  async verify(...options: readonly string[]): Promise<readonly CheckResult[]> {
    const ended = await timed(['verify', ...options].join(' '), () =>
      this.builder('verify', name, ...options, '-f', 'json'),
    );
    if (ended.stdout === '') throw new Error(`verify: ${ended.stderr}`);
    return (JSON.parse(ended.stdout) as { results: CheckResult[] }).results;
  }

  /** Verifies until `isMeant`, for what takes a cloud some time to see; the last results. */
  async verifyUntil(
    isMeant: (results: readonly CheckResult[]) => boolean,
    ...options: readonly string[]
  ): Promise<readonly CheckResult[]> {
    const deadline = performance.now() + 300_000;
    for (;;) {
      const results = await this.verify(...options);
      if (isMeant(results) || performance.now() > deadline) return results;
      await pause(5000);
    }
  }

  /** How often the node was started, in a form that is another one each time. */
  async #bootOf(node: string): Promise<string | null> {
    // A server that is a container shares its machine's boot id, and one that is not has its first process start at once.
    const script = "cat /proc/sys/kernel/random/boot_id; cut -d' ' -f22 /proc/1/stat";
    return await this.onNode(node, script).catch(() => null);
  }

  /** Has the cloud below cut the node's power and start it again; resolves when the node has come up. */
  async rebootHard(node: string): Promise<void> {
    const before = await this.#bootOf(node);
    const server = (await serversOf(name)).find((one) => one.name.startsWith(`${clusterPrefix(name)}-${node}-g`));
    if (before === null || server === undefined) throw new Error(`${node} is not there`);
    const startedAt = performance.now();
    const nova = await openService('compute');
    await nova(`/servers/${server.id}/action`, 'POST', { reboot: { type: 'HARD' } });
    for (;;) {
      const boot = await this.#bootOf(node);
      if (boot !== null && boot !== before) break;
      if (performance.now() - startedAt > 300_000) throw new Error(`${node} did not come back after a hard reboot`);
      await pause(3000);
    }
    // Its exit code tells of units that failed for reasons of the image's own.
    const state = await this.onNode(node, 'timeout 180 systemctl is-system-running --wait || true');
    note(`${node}: rebooted hard by the cloud, up after ${secondsSince(startedAt)} s (${state.trim()})`);
  }
}

export function failuresOf(results: readonly CheckResult[]): readonly string[] {
  return results
    .filter(({ status }) => status === 'fail')
    .map(({ check, node, sentence, evidence }) => [`${check} ${node ?? ''}: ${sentence}`, ...evidence].join('\n'));
}
