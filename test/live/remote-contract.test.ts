/** The remote port against a server of a real OpenStack: its own sshd, systemd and disk. */
import process from 'node:process';
import { afterAll } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import { openRemote } from '../../src/remote/ssh-remote.ts';
import { makeOneServer } from '../contract/one-server.ts';
import { OwnCluster } from '../contract/own-cluster.ts';
import { remoteSuite } from '../contract/remote.suite.ts';
import { connectLive } from './support/connect.ts';

const SSH_MS = 180_000;
const cluster = new OwnCluster();
const { cloud } = await connectLive();

// Not the suite's teardown: that is had only once everything was made.
afterAll(async () => {
  await cluster.sweep(cloud);
  await cloud.close();
});

remoteSuite(`a server of ${process.env['OS_CLOUD'] ?? 'the OS_* variables'}`, async () => {
  const endpoint = await makeOneServer(cloud, cluster, {
    image: process.env['BUILDER_TEST_IMAGE'] ?? 'debian-12',
    flavor: process.env['BUILDER_TEST_FLAVOR'] ?? 'ds.small',
    network: process.env['BUILDER_TEST_NETWORK'] ?? 'provider',
    floatingFrom: null,
  });
  const remote = openRemote({ clock: systemClock, random: systemRandom });
  const node = remote.node(endpoint);
  await node.waitReachable(SSH_MS, new AbortController().signal);
  return { node, teardown: () => remote.close() };
});
