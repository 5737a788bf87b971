/** Everything a run could leave behind in the account, read by our own client. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Survey } from '../../../src/cloud/cloud.ts';
import { clusterPrefix } from '../../../src/cloud/resource-names.ts';
import type { Running } from '../../support/run-builder.ts';
import { connectLive } from './connect.ts';

export interface Account {
  readonly servers: readonly string[];
  readonly ports: readonly string[];
  readonly floatingIps: readonly string[];
  readonly securityGroups: readonly string[];
}

/** Ids of everything in the project, in order. */
export async function readAccount(): Promise<Account> {
  const survey = await withSurvey();
  const ids = (objects: readonly { readonly id: string }[]): readonly string[] => objects.map(({ id }) => id).sort();
  return {
    servers: ids(survey.servers),
    // DHCP's and routers' own ports come and go with the networks' life.
    ports: ids(survey.ports.filter(({ mark, deviceId }) => mark !== null || deviceId === '')),
    floatingIps: ids(survey.floatingIps),
    securityGroups: ids(survey.securityGroups),
  };
}

export async function withSurvey(): Promise<Survey> {
  const { cloud } = await connectLive();
  try {
    return await cloud.survey(new AbortController().signal);
  } finally {
    await cloud.close();
  }
}

/** Names of the servers that carry the mark of the cluster's planned names. */
export async function serversOf(cluster: string): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const prefix = `${clusterPrefix(cluster)}-`;
  return (await withSurvey()).servers
    .filter(({ name, mark }) => mark !== null && name.startsWith(prefix))
    .map(({ id, name }) => ({ id, name }));
}

/** Looks until so many marked servers of the cluster are listed; rejects when the builder ends before. */
export async function waitForServers(cluster: string, count: number, running: Running): Promise<void> {
  const { cloud } = await connectLive();
  try {
    for (;;) {
      const servers = await cloud.listServers(new AbortController().signal);
      if (
        servers.filter(({ name, mark }) => mark !== null && name.startsWith(`${clusterPrefix(cluster)}-`)).length >=
        count
      )
        return;
      if (running.child.exitCode !== null) throw new Error(`the builder ended before:\n${running.output()}`);
      await pause(50);
    }
  } finally {
    await cloud.close();
  }
}
