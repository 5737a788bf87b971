/** The way to a node's sshd: its address, or a stream through a proxy. */
import type { ConnectConfig } from 'ssh2';
import { openTunnel } from '../host/connect-tunnel.ts';
import { canceledBy } from './canceled-by.ts';
import type { Endpoint } from './remote.ts';
import { connectFailure } from './ssh-failure.ts';

/** What ssh2 connects to. */
export type SshSocket = Pick<ConnectConfig, 'host' | 'port' | 'sock'>;

/** Opens the tunnel where there is a proxy; without one ssh2 opens its own socket. Throws `ssh-lost`, `canceled`. */
export async function openSshSocket(
  endpoint: Endpoint,
  proxy: string | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<SshSocket> {
  const { host, port } = endpoint;
  if (proxy === null) return { host, port };
  try {
    return { sock: await openTunnel(proxy, endpoint, timeoutMs, signal) };
  } catch (error) {
    throw signal.aborted ? canceledBy(signal) : connectFailure(error as Error, endpoint);
  }
}
