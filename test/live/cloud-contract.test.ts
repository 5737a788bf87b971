/** The OpenStack client against a real OpenStack: the one that OS_CLOUD or the OS_* variables name. */
import process from 'node:process';
import { openCloud, readCredentials } from '../../src/cloud/providers.ts';
import { systemClock } from '../../src/host/clock.ts';
import { homeFolder } from '../../src/host/environment.ts';
import { readTextFile } from '../../src/host/files.ts';
import { systemRandom } from '../../src/host/random.ts';
import { cloudSuite } from '../contract/cloud.suite.ts';

/** Other clouds have other names. */
function nameOf(what: 'IMAGE' | 'FLAVOR' | 'NETWORK' | 'INSIDE_NETWORK', usual: string): string {
  return process.env[`BUILDER_TEST_${what}`] ?? usual;
}

cloudSuite(process.env['OS_CLOUD'] ?? 'the OS_* variables', async () => {
  const world = { environment: process.env, home: homeFolder(), cwd: process.cwd(), read: readTextFile };
  const credentials = await readCredentials(world);
  return {
    cloud: openCloud(credentials, { clock: systemClock, random: systemRandom }),
    image: nameOf('IMAGE', 'debian-12'),
    flavor: nameOf('FLAVOR', 'ds.small'),
    serverNetwork: nameOf('NETWORK', 'provider'),
    insideNetwork: nameOf('INSIDE_NETWORK', 'demo-net'),
  };
});
