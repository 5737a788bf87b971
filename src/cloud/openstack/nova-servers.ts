/** Servers. https://docs.openstack.org/api-ref/compute/#servers-servers */
import { z } from 'zod';
import type { Server, ServerRequest } from '../cloud.ts';
import { markFromMetadata, markToMetadata } from '../stamp.ts';
import type { ComputeApi } from './compute-api.ts';
import { listAll } from './paging.ts';
import { requestIdOf } from './place.ts';
import type { Call, Session } from './session.ts';

/** A record of a cell that is down has little more than id, status and project. */
const server = z.object({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  tenant_id: z.string(),
  created: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  image: z.union([z.object({ id: z.string() }), z.string()]).nullish(),
  fault: z.object({ message: z.string().nullish() }).nullish(),
  locked: z.boolean().nullish(),
  'OS-EXT-STS:task_state': z.string().nullish(),
  'OS-EXT-AZ:availability_zone': z.string().nullish(),
});
const serverReply = z.object({ server });
const createdReply = z.object({ server: z.object({ id: z.string() }) });
const consoleReply = z.object({ output: z.string().nullable() });

function toServer(found: z.infer<typeof server>): Server {
  return {
    id: found.id,
    name: found.name ?? '',
    status: found.status,
    taskState: found['OS-EXT-STS:task_state'] ?? null,
    fault: found.fault?.message ?? null,
    mark: markFromMetadata(found.metadata ?? {}),
    projectId: found.tenant_id,
    zone: found['OS-EXT-AZ:availability_zone'] || null,
    imageId: typeof found.image === 'object' ? (found.image?.id ?? null) : null,
    isLocked: found.locked ?? false,
    createdAt: found.created ?? '',
  };
}

export class NovaServers {
  private readonly session: Session;
  private readonly api: ComputeApi;
  private readonly projectId: string;

  constructor(session: Session, api: ComputeApi, projectId: string) {
    this.session = session;
    this.api = api;
    this.projectId = projectId;
  }

  async listServers(signal: AbortSignal): Promise<readonly Server[]> {
    const { url, headers } = this.api;
    const list = { url: `${url}/servers/detail?limit=1000`, collection: 'servers', item: server, headers };
    const servers = await listAll(this.session, list, signal);
    return servers.filter(({ tenant_id: project }) => project === this.projectId).map(toServer);
  }

  async getServer(id: string, signal: AbortSignal): Promise<Server | null> {
    const call = this.to('GET', `/servers/${encodeURIComponent(id)}`, { accepts: [404] });
    const reply = await this.session.send(call, signal);
    return reply.status === 404 ? null : toServer(this.session.parse(call, serverReply, reply).server);
  }

  async createServer(
    request: ServerRequest,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly requestId: string | null }> {
    const body = {
      server: {
        name: request.name,
        imageRef: request.imageId,
        flavorRef: request.flavorId,
        networks: [{ port: request.portId }],
        metadata: markToMetadata(request.mark),
        user_data: Buffer.from(request.userData, 'utf8').toString('base64'),
        ...(request.zone === null ? {} : { availability_zone: request.zone }),
        ...(request.keyName === null ? {} : { key_name: request.keyName }),
      },
    };
    const call = this.to('POST', '/servers', { body, firstByteMs: 120_000 });
    const reply = await this.session.send(call, signal);
    return { id: this.session.parse(call, createdReply, reply).server.id, requestId: requestIdOf(reply.headers) };
  }

  async deleteServer(id: string, signal: AbortSignal): Promise<void> {
    await this.session.send(this.to('DELETE', `/servers/${encodeURIComponent(id)}`, { accepts: [404] }), signal);
  }

  async act(id: string, action: 'forceDelete' | 'unlock', signal: AbortSignal): Promise<void> {
    await this.session.send(
      this.to('POST', `/servers/${encodeURIComponent(id)}/action`, { body: { [action]: null } }),
      signal,
    );
  }

  async readConsole(id: string, lines: number, signal: AbortSignal): Promise<string> {
    const body = { 'os-getConsoleOutput': { length: lines } };
    // 404 and 409: not yet or no more; 403: policy; 400, 405 and 501: a hypervisor without consoles.
    const accepts = [400, 403, 404, 405, 409, 501];
    const call = this.to('POST', `/servers/${encodeURIComponent(id)}/action`, { body, isRead: true, accepts });
    const reply = await this.session.send(call, signal);
    return reply.status >= 400 ? '' : (this.session.parse(call, consoleReply, reply).output ?? '');
  }

  private to(method: Call['method'], path: string, more: Partial<Call>): Call {
    return { method, url: `${this.api.url}${path}`, headers: this.api.headers, ...more };
  }
}
