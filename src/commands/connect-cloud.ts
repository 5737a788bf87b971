/** From flags and environment to a connected cloud: which credentials won is said before the first request. */
import type { Connected } from '../cluster/parts.ts';
import { REHEARSAL } from '../cluster/saved-wishes.ts';
import { BuilderError } from '../errors.ts';
import { homeFolder } from '../host/environment.ts';
import type { Io } from './command.ts';
import { type RehearsalValues, rehearsalOf } from './rehearsal-options.ts';

export interface CloudWishes extends RehearsalValues {
  readonly cloud?: string | undefined;
  readonly region?: string | undefined;
  readonly insecureTls?: boolean | undefined;
}

type World = Pick<Io, 'environment' | 'cwd' | 'signal' | 'clock' | 'random' | 'rehearse'>;
type Notice = (level: 'info' | 'warning', text: string) => void;

/**
 * The cloud that is meant: the named one; a rehearsed cluster's own, since no credentials of ours fit it; else what OS_CLOUD and its
 * like say (undefined here); and where they say nothing, the cloud the cluster was created in.
 */
function cloudNameOf(
  { cloud }: CloudWishes,
  environment: Io['environment'],
  remembered: string | null,
): string | undefined {
  if (cloud !== undefined) return cloud;
  const { OS_CLOUD, OS_AUTH_URL } = environment;
  if (OS_CLOUD === REHEARSAL || remembered === REHEARSAL) return REHEARSAL;
  return OS_CLOUD || OS_AUTH_URL ? undefined : (remembered ?? undefined);
}

/** Nobody may think that a real cloud is bent by them. */
function refuseRehearsalOptions({ rehearsalSpeed, rehearsalSeed, rehearsalFaults }: CloudWishes): void {
  if ([rehearsalSpeed, rehearsalSeed, rehearsalFaults].every((wish) => wish === undefined)) return;
  throw new BuilderError('bad-option', '--rehearsal-… is for rehearsals, and this cloud is none', {
    state: 'nothing was touched',
    fix: 'add --cloud rehearsal, or leave it out',
  });
}

/** The world in which credentials are looked for, and what else the way to the cloud needs. */
async function enterWorld(name: string | undefined, wishes: CloudWishes, io: World, notice: Notice) {
  const { readTextFile } = await import('../host/files.ts');
  if (name !== REHEARSAL) {
    refuseRehearsalOptions(wishes);
    const files = { environment: io.environment, cwd: io.cwd, home: homeFolder(), read: readTextFile };
    return { files, sshProxy: null, gitEnvironment: {} };
  }
  const { url, credentials, gitEnvironment } = await io.rehearse(rehearsalOf(wishes));
  notice('info', `this is a rehearsal: cloud and servers are simulated on this machine (${url})`);
  // Nobody's own files have a say in it.
  const files = {
    environment: { ...credentials, OS_CLOUD_NAME: REHEARSAL },
    cwd: io.cwd,
    home: homeFolder(),
    read: () => Promise.resolve(null),
  };
  return { files, sshProxy: url, gitEnvironment };
}

/**
 * `remembered`: the cloud a cluster was created in, null where none is. Throws what reading credentials and authenticating
 * throw: `no-credentials`, `unknown-cloud`, `auth-failed`, `tls`, …
 */
export async function connectCloud(
  wishes: CloudWishes,
  io: World,
  notice: Notice,
  remembered: string | null,
): Promise<Connected> {
  const { openCloud, readCredentials } = await import('../cloud/providers.ts');
  const name = cloudNameOf(wishes, io.environment, remembered);
  const { files, sshProxy, gitEnvironment } = await enterWorld(name, wishes, io, notice);
  const credentials = await readCredentials(files, { ...wishes, cloud: name });
  for (const warning of credentials.warnings) notice('warning', warning);
  if (name !== REHEARSAL) notice('info', `credentials: ${credentials.source}`);
  const cloud = openCloud(credentials, { clock: io.clock, random: io.random, tell: (text) => notice('warning', text) });
  try {
    const scope = await cloud.connect(io.signal);
    const region = scope.region === null ? '' : `, region ${scope.region}`;
    notice('info', `project ${scope.projectName} as ${scope.userName}${region}`);
    return { cloud, scope, name: name === REHEARSAL ? name : credentials.cloud, sshProxy, gitEnvironment };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}
