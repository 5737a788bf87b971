/** The remote port through an HTTP CONNECT proxy, against a real sshd. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openRemote } from '../../src/remote/ssh-remote.ts';
import { job } from '../contract/remote.suite.ts';
import { type Sshd, startSshd, whyNoSshd } from './sshd.ts';

const reason = whyNoSshd();
if (reason !== null) console.warn(`skipping the tests of SSH: ${reason}`);
const never = new AbortController().signal;

describe.skipIf(reason !== null)('through a proxy', () => {
  const root = mkdtempSync(join(tmpdir(), 'builder-agent-'));
  const proxy = createServer();
  let sshd: Sshd;
  let place = '';
  let remote: Remote;

  beforeAll(async () => {
    sshd = await startSshd();
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    place = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    proxy.removeAllListeners('connect');
    await remote.close();
  });
  afterAll(async () => {
    proxy.close();
    // A proxy is closed only once nobody is connected: no tunnel outlives its remote.
    await once(proxy, 'close');
    await sshd.stop();
    rmSync(root, { recursive: true, force: true });
  });

  function open(patienceMs: number): Remote {
    const agent = { root, graceMs: 500, stragglerMs: 1_500 };
    remote = openRemote({
      clock: systemClock,
      random: systemRandom,
      agent,
      patienceMs,
      proxy: `http://me:hunter2@${place}`,
    });
    return remote;
  }

  it('runs a job on a node whose address means something to the proxy only', async () => {
    const asked: (string | undefined)[] = [];
    proxy.on('connect', ({ url }, client) => {
      asked.push(url);
      const upstream = connect(sshd.endpoint.port, sshd.endpoint.host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    const node = open(20_000).node({ ...sshd.endpoint, host: 'node.invalid' });
    expect(await node.runShortJob(job('echo through'), never)).toMatchObject({ code: 0, output: 'through\n' });
    expect(asked).toEqual([`node.invalid:${sshd.endpoint.port}`]);
  });

  it('tells what the proxy said, as something that may pass', async () => {
    proxy.on('connect', (_, client) => client.end('HTTP/1.1 502 Connection refused\r\n\r\n'));
    await expect(open(0).node(sshd.endpoint).jobStatus('any-g1-a1', never)).rejects.toMatchObject({
      code: 'ssh-lost',
      message: `no SSH to node-1: the proxy at ${place} answered 502 Connection refused`,
    });
  });

  it('stops while the proxy is silent, and hangs up', async () => {
    const asked = Promise.withResolvers<Socket>();
    proxy.on('connect', (_, client) => asked.resolve(client as Socket));
    const node = open(20_000).node(sshd.endpoint);
    const refused = expect(node.waitReachable(60_000, never)).rejects.toMatchObject({ code: 'canceled' });
    const client = await asked.promise;
    await remote.close();
    await refused;
    await once(client.resume(), 'end');
    client.end();
  });
});
