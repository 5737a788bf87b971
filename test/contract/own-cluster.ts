/** A cluster of one test run's own: marks by which everything it made in a cloud is found again and removed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cloud, Mark } from '../../src/cloud/cloud.ts';

const never = new AbortController().signal;

/** Asks until the answer is as wanted; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await wait(500);
  }
}

export function named<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const found = all.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`this cloud has no "${name}"`);
  return found;
}

export class OwnCluster {
  readonly name = `contract${randomUUID().replaceAll('-', '').slice(0, 18)}`;

  markOf(key: string): Mark {
    return { cluster: this.name, key, generation: 1, nonce: randomUUID().replaceAll('-', ''), epoch: 1 };
  }

  /** Removes what carries the cluster's mark, in delete order, whatever test made it. */
  async sweep(cloud: Cloud): Promise<void> {
    const ours = <T extends { readonly mark: Mark | null }>(all: readonly T[]): readonly T[] =>
      all.filter(({ mark }) => mark?.cluster === this.name);
    const survey = await cloud.survey(never);
    await Promise.all(ours(survey.floatingIps).map(({ id }) => cloud.deleteFloatingIp(id, never)));
    await Promise.all(ours(survey.servers).map(({ id }) => cloud.deleteServer(id, never)));
    await until(
      () => cloud.listServers(never),
      (servers) => ours(servers).length === 0,
    );
    await Promise.all(ours(survey.ports).map(({ id }) => cloud.deletePort(id, never)));
    await Promise.all(ours(survey.securityGroups).map(({ id }) => cloud.deleteSecurityGroup(id, never)));
  }
}
