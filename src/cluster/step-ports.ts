/** The steps' ports, joined from the real cloud, nodes, vault and files of one cluster. */
import type { Cloud } from '../cloud/cloud.ts';
import { pollServers } from '../cloud/poll-servers.ts';
import type { StepContext } from '../engine/step.ts';
import type { Clock } from '../host/clock.ts';
import { readFileTail } from '../host/file-tail.ts';
import { writeFileDurably } from '../host/files.ts';
import { JobLogFile } from '../host/job-log-file.ts';
import type { KeyPair } from '../host/key-pair.ts';
import type { Redactor } from '../host/redact.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord, Run } from '../journal/state.ts';
import { restoreLayout } from '../layout/restore.ts';
import type { Endpoint, Remote } from '../remote/remote.ts';
import { CLIENT_KEY, type StepLog, type StepPorts } from '../steps/ports.ts';
import type { ClusterPaths } from './paths.ts';
import { openStackTimes } from './stack-times.ts';
import { readKeptUpload } from './upload-documents.ts';

export interface StepParts {
  readonly cloud: Cloud;
  readonly remote: Remote;
  readonly vault: Vault;
  /** Of the vault's secrets as they are now. */
  redactor(): Redactor;
  readonly clock: Clock;
  readonly cluster: ClusterRecord;
  readonly paths: ClusterPaths;
  readonly run: Run;
  readonly keys: { make(comment: string): KeyPair; publicOf(privateKey: string): string };
  saveSshFiles(): Promise<void>;
  readonly stop: AbortSignal;
}

const SSH_PORT = 22;

/** Where a node answers, and the host keys that are accepted there. */
export function endpointOf(node: Pick<Endpoint, 'node' | 'hostKeys' | 'user' | 'host'>, vault: Vault): Endpoint {
  return { ...node, port: SSH_PORT, privateKey: vault.get(CLIENT_KEY) };
}

async function openLog(parts: StepParts, context: StepContext<StepPorts>, restack?: number): Promise<StepLog> {
  const { run, paths } = parts;
  const kind = context.key.slice(0, context.key.indexOf('/'));
  const usual = paths.log(context.node, kind, context.generation, context.attempt, restack);
  // What another step has kept of the same log in this file is gone on with.
  const kept = run.readLogPosition(context.attemptId) ?? run.findLogPosition(usual);
  const path = kept?.file ?? usual;
  const file = new JobLogFile({
    path,
    kept,
    openRedactor: () => parts.redactor().stream(),
    commit: (position) => run.saveLogPosition(context.attemptId, { ...position, file: path }),
  });
  return {
    path,
    position: () => file.position(),
    append: (chunk) => file.append(chunk),
    restart: () => file.restart(),
    end: () => file.end(),
    close: () => file.close(),
    tail: (bytes) => readFileTail(path, bytes),
  };
}

export function openStepPorts(parts: StepParts): StepPorts {
  const { cloud, remote, vault, clock, cluster, paths, keys, stop } = parts;
  return {
    cloud,
    servers: pollServers(cloud, clock, stop),
    secrets: vault,
    clock,
    cluster: {
      id: cluster.id,
      name: cluster.name,
      projectId: cluster.scope.projectId,
      settleMs: cluster.settleMs,
      // The journal gives back what create saved after validating it.
      layout: restoreLayout(cluster.layout),
    },
    keys,
    node: (node, hostKeys, user, host) => remote.node(endpointOf({ node, hostKeys, user, host }, vault)),
    saveSshFiles: () => parts.saveSshFiles(),
    recordGone: (kind, id, { key, generation }) => parts.run.setResourceState(kind, id, key, generation, 'gone'),
    openLog: (context, restack) => openLog(parts, context, restack),
    saveLocalConf: (node, text) => writeFileDurably(paths.localConf(node), text),
    stackTimes: openStackTimes(parts.run, cluster),
    readUpload: (sha256) => readKeptUpload(paths.uploads, sha256),
  };
}
