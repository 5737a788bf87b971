/** Throw-away nodes that carry the stand-in's checkout, and the local.conf files that tests stack them with. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { type StandinOptions, serveStandinDevstack } from '../standin-devstack/serve.ts';

const run = promisify(execFile);

const PASSWORDS = 'ADMIN_PASSWORD=admin5ecret\nDATABASE_PASSWORD=database5ecret\nRABBIT_PASSWORD=rabbit5ecret';

/** The API node is 127.0.0.11. */
export function localConf(
  address: string,
  services: string,
  extra = 'SERVICE_PASSWORD=service5ecret',
  readySeconds = 10,
): string {
  return `[[local|localrc]]
HOST_IP=${address}
SERVICE_HOST=127.0.0.11
DATABASE_TYPE=mysql
${PASSWORDS}
LOGFILE=/opt/stack/logs/stack.sh.log
NOVA_READY_TIMEOUT=240
STANDIN_READY_SECONDS=${readySeconds}
${extra}
disable_all_services
ENABLED_SERVICES=${services}
`;
}

export function stack(nodes: LocalNodes, name: string, conf: string): Promise<NodeAnswer> {
  return nodes.asStack(name, `cat >local.conf <<'END'\n${conf}END\n./stack.sh`);
}

/** Nodes that carry the stand-in's checkout; close() ends all that runs on them. */
export async function openStandinNodes(options: StandinOptions): Promise<LocalNodes> {
  const checkout = await mkdtemp(join(tmpdir(), 'standin-checkout-'));
  const removeCheckout = (): Promise<void> => rm(checkout, { recursive: true, force: true });
  try {
    const served = await serveStandinDevstack({ seconds: 0, logLines: 200, listen: '127.0.0.1', ...options });
    try {
      await run('git', ['clone', '--quiet', '--branch', 'stable/2026.1', served.url, checkout]);
    } finally {
      await served.close();
    }
    const nodes = await createLocalNodes(checkout);
    return {
      ...nodes,
      async close() {
        await nodes.close();
        await removeCheckout();
      },
    };
  } catch (error) {
    await removeCheckout();
    throw error;
  }
}

/** Nodes of their own for one test; what runs on them ends with it. */
export async function onStandinNodes(
  options: StandinOptions,
  body: (nodes: LocalNodes) => Promise<void>,
): Promise<void> {
  const nodes = await openStandinNodes(options);
  try {
    await body(nodes);
  } finally {
    await nodes.close();
  }
}
