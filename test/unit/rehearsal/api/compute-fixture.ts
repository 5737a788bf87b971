/** A Nova to be asked, with an image, a port and the body of a server made of them. */
import { nova } from '../../../../src/rehearsal/api/nova.ts';
import { IMAGES } from '../../../../src/rehearsal/base-images.ts';
import { NETWORKS } from '../../../../src/rehearsal/base-networks.ts';
import { applyChanges, type PortRow, put } from '../../../../src/rehearsal/world.ts';
import { RehearsalCalls } from './call.ts';

export const IMAGE_ID = IMAGES[0]?.id ?? '';
export const PRIVATE = NETWORKS[0]!;
export const PORT_ID = '11111111-1111-4111-8111-111111111111';

const port: PortRow = {
  id: PORT_ID,
  name: 'controller',
  description: '',
  networkId: PRIVATE.id,
  macAddress: 'fa:16:3e:00:00:07',
  fixedIps: [{ subnet_id: PRIVATE.subnet.id, ip_address: '198.18.0.7' }],
  securityGroupIds: [],
  deviceId: '',
  deviceOwner: '',
  tags: [],
  createdAtMs: 0,
  visibleAtMs: 0,
  isNovas: false,
};

export class ComputeCalls extends RehearsalCalls {
  constructor() {
    super(nova);
    applyChanges(this.world, [put('port', PORT_ID, port)]);
  }

  create(changes: Readonly<Record<string, unknown>> = {}) {
    const server = {
      name: 'controller',
      imageRef: IMAGE_ID,
      flavorRef: '4',
      networks: [{ port: PORT_ID }],
      ...changes,
    };
    return this.call('POST', '/v2.1/servers', { body: { server } });
  }

  /** A server that was accepted; its id. */
  make(changes: Readonly<Record<string, unknown>> = {}): string {
    return (this.create(changes).json as { server: { id: string } }).server.id;
  }

  /** One that is up. */
  boot(changes: Readonly<Record<string, unknown>> = {}): string {
    const id = this.make(changes);
    this.nowMs += 60_000;
    return id;
  }

  show(id: string) {
    return this.call('GET', `/v2.1/servers/${id}`);
  }

  act(id: string, body: unknown) {
    return this.call('POST', `/v2.1/servers/${id}/action`, { body });
  }
}
