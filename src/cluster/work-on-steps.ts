/** Steps of one cluster at work: ports, redacted events and the files for ssh, joined around the engine. */
import type { EmitEvent, RunEvent } from '../engine/events.ts';
import type { Journal, StepRecord } from '../engine/journal.ts';
import type { Resolution, Word } from '../engine/resolution.ts';
import { resolveSteps } from '../engine/resolve.ts';
import { type RunPlanOptions, type RunReport, runPlan } from '../engine/run.ts';
import { shareRuns } from '../host/share-runs.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord, Run } from '../journal/state.ts';
import { fitConnections } from '../plan/connections.ts';
import { STEP_KINDS } from '../steps/index.ts';
import { CLIENT_KEY, type StepPorts } from '../steps/ports.ts';
import { writeCloudFiles } from './cloud-files.ts';
import type { Connected, Parts } from './parts.ts';
import type { ClusterPaths } from './paths.ts';
import { writeSshFiles } from './ssh-files.ts';
import { openStepPorts } from './step-ports.ts';
import { tellSleep } from './tell-sleep.ts';
import { openVaultRedactor } from './vault-redactor.ts';

/** After these a node is reached in another way than before. */
const OPENING_STEPS: ReadonlySet<string> = new Set(['wait-ssh', 'install-host-key']);

type Policy = Pick<RunPlanOptions<StepPorts>, 'journal' | 'maxParallelNodes' | 'recover' | 'onFailure'>;

export interface StepWork {
  /** Shows and records an event, without the secrets of the vault. */
  readonly emit: EmitEvent;
  runSteps(policy: Policy): Promise<RunReport>;
  /** Looks at open attempts, and performs nothing. */
  resolveSteps(
    journal: Journal,
    open: readonly StepRecord[],
    word: Word | null,
  ): Promise<ReadonlyMap<number, Resolution>>;
  /** Ends the connections to the nodes. */
  close(): Promise<void>;
}

/** Every text in an event, wherever it stands; its shape stays. */
function redactAll<Value>(value: Value, redact: (text: string) => string): Value {
  if (typeof value === 'string') return redact(value) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => redactAll(item, redact)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactAll(item as unknown, redact)]),
  ) as Value;
}

/** Nothing is connected before a step needs it. */
export function openStepWork(
  cluster: ClusterRecord,
  run: Run,
  vault: Vault,
  parts: Parts,
  { cloud, sshProxy }: Pick<Connected, 'cloud' | 'sshProxy'>,
  paths: ClusterPaths,
): StepWork {
  const redactor = openVaultRedactor(vault);
  const redact = (text: string): string => redactor().text(text);
  // Nodes keep their connections while others are worked on: the most there is room for.
  const remote = parts.openRemote(sshProxy, fitConnections(parts.fileLimit, Number.POSITIVE_INFINITY).count);
  const saveSshFiles = shareRuns(() => writeSshFiles(cluster, run.journal.listSteps(), vault, paths, parts));
  const saveCloudFiles = shareRuns(() => writeCloudFiles(cluster, run.journal.listSteps(), vault, paths));
  const emit = (event: RunEvent): void => {
    const shown = redactAll(event, redact);
    parts.emit(shown);
    run.recordEvent(shown);
    // People may log in to a node as soon as it answers. What hinders the files now is told when they are awaited.
    if (event.type === 'step-done' && OPENING_STEPS.has(event.step.kind)) saveSshFiles().catch(() => undefined);
    // Nor need they wait for the computes to use the cloud.
    if (event.type === 'step-done' && event.step.kind === 'run-stack') saveCloudFiles().catch(() => undefined);
  };
  const world = () => {
    const { clock, random, keys, signal } = parts;
    const own = { remote, vault, redactor, cluster, paths, run, saveSshFiles };
    const ports = openStepPorts({ ...own, cloud, clock, keys, stop: signal });
    return { kinds: STEP_KINDS, ports, signal, clock, random, emit, redact };
  };
  return {
    emit,
    resolveSteps: (journal, open, word) => resolveSteps({ ...world(), journal }, open, word),
    async runSteps(policy) {
      const sleep = tellSleep(parts.clock, emit);
      const own = world();
      const both = (event: RunEvent): void => {
        sleep.note(event);
        emit(event);
      };
      try {
        const report = await runPlan({ ...policy, ...own, emit: both });
        // A recovered cluster may have lost its keys: nobody logs in then.
        if (vault.has(CLIENT_KEY)) await saveSshFiles();
        await saveCloudFiles();
        return report;
      } finally {
        await sleep.stop();
      }
    },
    close: () => remote.close(),
  };
}
