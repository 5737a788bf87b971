/** Reading everything preflight needs of a cloud: reads only, all at once. */
import type { Cloud, CloudScope } from '../cloud/cloud.ts';
import type { CloudFacts } from '../plan/preflight.ts';

export async function readCloudFacts(
  cloud: Cloud,
  scope: CloudScope,
  keyName: string | null,
  signal: AbortSignal,
): Promise<CloudFacts> {
  const [images, flavors, networks, subnets, routers, zones, quotas, survey, hasKeypair] = await Promise.all([
    cloud.listImages(signal),
    cloud.listFlavors(signal),
    cloud.listNetworks(signal),
    cloud.listSubnets(signal),
    cloud.listRouters(signal),
    cloud.listAvailabilityZones(signal),
    cloud.readQuotas(signal),
    cloud.survey(signal),
    keyName === null ? true : cloud.hasKeypair(keyName, signal),
  ]);
  return { scope, images, flavors, networks, subnets, routers, zones, quotas, survey, hasKeypair };
}
