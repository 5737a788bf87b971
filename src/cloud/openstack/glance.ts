/** Images. https://docs.openstack.org/api-ref/image/v2/ */
import { z } from 'zod';
import type { Image } from '../cloud.ts';
import { withVersion } from './catalog.ts';
import { listAll } from './paging.ts';
import type { Session } from './session.ts';

const image = z.object({
  id: z.string(),
  /** null for an image that nobody named. */
  name: z.string().nullish(),
  status: z.string(),
  visibility: z.string().optional(),
  owner: z.string().nullish(),
  min_disk: z.number().nullish(),
  min_ram: z.number().nullish(),
  os_distro: z.string().nullish(),
  os_version: z.string().nullish(),
  created_at: z.string(),
});

export class Glance {
  private readonly session: Session;
  private readonly url: string;
  private readonly projectId: string;

  constructor(session: Session, endpoint: string, projectId: string) {
    this.session = session;
    this.url = withVersion(endpoint, 'v2');
    this.projectId = projectId;
  }

  async listImages(signal: AbortSignal): Promise<readonly Image[]> {
    const images = await listAll(
      this.session,
      { url: `${this.url}/images?limit=200`, collection: 'images', item: image },
      signal,
    );
    // An administrator's token lists other projects' private images too.
    const usable = images.filter(({ visibility, owner }) => visibility !== 'private' || owner === this.projectId);
    return usable.map((found) => ({
      id: found.id,
      name: found.name ?? '',
      status: found.status,
      minDiskGb: found.min_disk ?? 0,
      minRamMb: found.min_ram ?? 0,
      osDistro: found.os_distro ?? null,
      osVersion: found.os_version ?? null,
      createdAt: found.created_at,
    }));
  }
}
