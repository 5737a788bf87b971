/** The remote port against a rehearsed server, over SSH through the rehearsal's proxy. */
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import type { Endpoint } from '../../src/remote/remote.ts';
import { openRemote } from '../../src/remote/ssh-remote.ts';
import { makeOneServer } from '../contract/one-server.ts';
import { OwnCluster } from '../contract/own-cluster.ts';
import { remoteSuite } from '../contract/remote.suite.ts';
import { suitePrograms } from '../contract/remote-programs.ts';
import { openServed, placeLedger, serveHere } from './in-process.ts';

const ledger = placeLedger();
const never = new AbortController().signal;

/** So fast that nobody waits for it to boot. */
async function makeServer(): Promise<Endpoint> {
  const served = await serveHere(ledger, 1_000);
  const cloud = await openServed(served.url);
  try {
    await cloud.connect(never);
    return await makeOneServer(cloud, new OwnCluster(), {
      image: 'debian-12-genericcloud',
      flavor: 'm1.small',
      network: 'private',
      floatingFrom: 'public',
    });
  } finally {
    await cloud.close();
    await served.close();
  }
}

remoteSuite('a server of the rehearsal cloud', async () => {
  const endpoint = await makeServer();
  // The suite measures our own seconds; the world is slow from its next effect on.
  const served = await serveHere(ledger, 1, [suitePrograms]);
  const remote = openRemote({ clock: systemClock, random: systemRandom, proxy: served.url });
  const node = remote.node(endpoint);
  await node.waitReachable(10_000, never);
  return {
    node,
    async teardown() {
      await remote.close();
      await served.close();
    },
  };
});
