/** Nova besides servers: flavors, zones, keypairs, limits. https://docs.openstack.org/api-ref/compute/ */
import { z } from 'zod';
import type { Flavor, Quota } from '../cloud.ts';
import type { ComputeApi } from './compute-api.ts';
import { listAll } from './paging.ts';
import type { Session } from './session.ts';

const flavor = z.object({ id: z.string(), name: z.string(), vcpus: z.number(), ram: z.number(), disk: z.number() });
const zonesReply = z.object({
  availabilityZoneInfo: z.array(z.object({ zoneName: z.string(), zoneState: z.object({ available: z.boolean() }) })),
});
const limitsReply = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalInstances: z.number(),
      maxTotalCores: z.number(),
      maxTotalRAMSize: z.number(),
      totalInstancesUsed: z.number(),
      totalCoresUsed: z.number(),
      totalRAMUsed: z.number(),
    }),
  }),
});

export class Nova {
  private readonly session: Session;
  private readonly api: ComputeApi;

  constructor(session: Session, api: ComputeApi) {
    this.session = session;
    this.api = api;
  }

  async listFlavors(signal: AbortSignal): Promise<readonly Flavor[]> {
    const { url, headers } = this.api;
    const list = { url: `${url}/flavors/detail?limit=1000`, collection: 'flavors', item: flavor, headers };
    const flavors = await listAll(this.session, list, signal);
    return flavors.map(({ id, name, vcpus, ram, disk }) => ({ id, name, vcpus, ramMb: ram, diskGb: disk }));
  }

  async listAvailabilityZones(signal: AbortSignal): Promise<readonly string[]> {
    const { url, headers } = this.api;
    const reply = await this.session.call(
      { method: 'GET', url: `${url}/os-availability-zone`, headers },
      zonesReply,
      signal,
    );
    return reply.availabilityZoneInfo.filter(({ zoneState }) => zoneState.available).map(({ zoneName }) => zoneName);
  }

  /** Keypairs belong to the user, not to the project. */
  async hasKeypair(name: string, signal: AbortSignal): Promise<boolean> {
    const { url, headers } = this.api;
    const call = {
      method: 'GET',
      url: `${url}/os-keypairs/${encodeURIComponent(name)}`,
      headers,
      accepts: [404],
    } as const;
    return (await this.session.send(call, signal)).status !== 404;
  }

  async readLimits(signal: AbortSignal): Promise<Readonly<Record<'servers' | 'cores' | 'ramMb', Quota>>> {
    const { url, headers } = this.api;
    const reply = await this.session.call({ method: 'GET', url: `${url}/limits`, headers }, limitsReply, signal);
    const { absolute } = reply.limits;
    return {
      servers: { limit: absolute.maxTotalInstances, used: absolute.totalInstancesUsed },
      cores: { limit: absolute.maxTotalCores, used: absolute.totalCoresUsed },
      ramMb: { limit: absolute.maxTotalRAMSize, used: absolute.totalRAMUsed },
    };
  }
}
