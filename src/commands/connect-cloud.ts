/** From flags and environment to a connected cloud: which credentials won is said before the first request. */
import type { Cloud, CloudScope } from '../cloud/cloud.ts';
import { homeFolder } from '../host/environment.ts';
import type { Io } from './command.ts';

export interface CloudWishes {
  readonly cloud?: string | undefined;
  readonly region?: string | undefined;
  readonly insecureTls?: boolean | undefined;
}

export interface ConnectedCloud {
  readonly cloud: Cloud;
  readonly scope: CloudScope;
}

type World = Pick<Io, 'environment' | 'cwd' | 'signal' | 'clock' | 'random'>;

/** Throws what reading credentials and authenticating throw: `no-credentials`, `unknown-cloud`, `auth-failed`, `tls`, … */
export async function connectCloud(
  wishes: CloudWishes,
  io: World,
  notice: (level: 'info' | 'warning', text: string) => void,
): Promise<ConnectedCloud> {
  const [{ openCloud, readCredentials }, { readTextFile }] = await Promise.all([
    import('../cloud/providers.ts'),
    import('../host/files.ts'),
  ]);
  const { environment, cwd, clock, random, signal } = io;
  const credentials = await readCredentials({ environment, cwd, home: homeFolder(), read: readTextFile }, wishes);
  for (const warning of credentials.warnings) notice('warning', warning);
  notice('info', `credentials: ${credentials.source}`);
  const cloud = openCloud(credentials, { clock, random });
  try {
    const scope = await cloud.connect(signal);
    const region = scope.region === null ? '' : `, region ${scope.region}`;
    notice('info', `project ${scope.projectName} as ${scope.userName}${region}`);
    return { cloud, scope };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}
