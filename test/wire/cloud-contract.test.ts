/** The OpenStack client against the rehearsal cloud, over HTTP. */
import { afterAll } from 'vitest';
import type { ServedRehearsal } from '../../src/rehearsal/serve.ts';
import { cloudSuite } from '../contract/cloud.suite.ts';
import { openServed, placeLedger, serveHere } from './in-process.ts';

const ledger = placeLedger();
let served: ServedRehearsal | undefined;

afterAll(() => served?.close());

cloudSuite('the rehearsal cloud', async () => {
  served = await serveHere(ledger, 100);
  return {
    cloud: await openServed(served.url),
    image: 'debian-12-genericcloud',
    flavor: 'm1.small',
    serverNetwork: 'provider',
    insideNetwork: 'private',
  };
});
