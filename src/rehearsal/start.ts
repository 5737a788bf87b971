/** The rehearsal cloud as the command line starts it: in a thread of its own, reached over the wire like any other cloud. */
import { join } from 'node:path';
import { BuilderError } from '../errors.ts';
import { readTextFile } from '../host/files.ts';
import { startThread } from '../host/thread.ts';
import { ACCOUNT } from './account.ts';
import { type FaultScript, readFaults } from './faults.ts';
import { roughDay } from './rough-day.ts';

export interface RehearsalOptions {
  /** Folder of the state; the ledger is kept in it. */
  readonly folder: string;
  /** Modelled seconds per second; null for the usual. */
  readonly speed: number | null;
  /** Decides durations and, without a fault script, what goes wrong; null for a calm day. */
  readonly seed: number | null;
  /** Path of a fault script; null for none. */
  readonly faultsFile: string | null;
}

/** A cluster of forty minutes in about twenty seconds. */
const USUAL_SPEED = 150;

export interface Rehearsal {
  /** http://127.0.0.1:PORT: the API, and an HTTP proxy that reaches the simulated servers. */
  readonly url: string;
  /** How any OpenStack client reaches it. */
  readonly credentials: Readonly<Record<string, string>>;
  /** For git that is started meanwhile: its refs are rehearsed too. */
  readonly gitEnvironment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The thread's input. */
export interface ThreadData {
  readonly ledger: string;
  readonly speed: number;
  readonly seed: number;
  readonly faults: FaultScript;
}

async function readScript({ faultsFile, seed }: RehearsalOptions): Promise<FaultScript> {
  if (faultsFile === null) return seed === null ? readFaults('version: 1', '') : roughDay();
  const file = await readTextFile(faultsFile);
  if (file !== null) return readFaults(file.text, faultsFile);
  throw new BuilderError('layout-missing', `no file ${faultsFile}`, {
    at: '--rehearsal-faults',
    state: 'nothing was started',
    fix: 'name a fault script; examples are in layouts/rehearsal',
  });
}

/** The variables by which any OpenStack client finds what is served there. */
export function credentialsOf(url: string): Rehearsal['credentials'] {
  return {
    OS_AUTH_URL: `${url}/identity`,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: ACCOUNT.user.name,
    OS_PASSWORD: ACCOUNT.password,
    OS_USER_DOMAIN_NAME: ACCOUNT.domain.name,
    OS_PROJECT_NAME: ACCOUNT.project.name,
    OS_PROJECT_DOMAIN_NAME: ACCOUNT.domain.name,
    OS_REGION_NAME: ACCOUNT.region,
  };
}

/** https://git-scm.com/docs/git-config: GIT_CONFIG_COUNT, url.<base>.insteadOf; and no proxy on the way to our own machine. */
function gitEnvironmentOf(url: string): Rehearsal['gitEnvironment'] {
  const settings = [
    [`url.${url}/git/.insteadOf`, 'https://'],
    [`url.${url}/git/.insteadOf`, 'http://'],
    ['http.proxy', ''],
  ];
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(settings.length)],
    ...settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]) as Record<string, string>;
}

/** Throws all problems of the fault script together, `layout-missing` where there is none, `io`. */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const data: ThreadData = {
    ledger: join(options.folder, 'rehearsal', 'ledger.jsonl'),
    speed: options.speed ?? USUAL_SPEED,
    seed: options.seed ?? 0,
    faults: await readScript(options),
  };
  const thread = startThread<{ readonly url: string }>(new URL('./thread.ts', import.meta.url), data);
  const { url } = await thread.ready;
  return { url, credentials: credentialsOf(url), gitEnvironment: gitEnvironmentOf(url), stop: () => thread.stop() };
}
