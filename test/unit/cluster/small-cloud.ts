/** A cloud in memory with as much as destroy needs of one. */
import type { Cloud, Port, SecurityGroup, Server, Survey } from '../../../src/cloud/cloud.ts';
import { EMPTY_SURVEY } from '../plan/cloud-fixture.ts';

/** A cloud of servers, ports and groups that go when they are asked to, in the order they were asked in. */
export class SmallCloud {
  servers: Server[] = [];
  ports: Port[] = [];
  groups: SecurityGroup[] = [];
  blindness: string[] = [];
  /** Ids that no list shows. */
  readonly unlisted = new Set<string>();
  readonly deleted: string[] = [];
  readonly cloud: Cloud;

  constructor() {
    this.cloud = {
      survey: async (): Promise<Survey> => ({
        ...EMPTY_SURVEY,
        servers: this.servers.filter(({ id }) => !this.unlisted.has(id)),
        ports: this.ports.filter(({ id }) => !this.unlisted.has(id)),
        securityGroups: this.groups,
        blindness: this.blindness,
      }),
      getServer: async (id: string) => this.servers.find((one) => one.id === id) ?? null,
      getPort: async (id: string) => this.ports.find((one) => one.id === id) ?? null,
      getFloatingIp: async () => null,
      getSecurityGroup: async (id: string) => this.groups.find((one) => one.id === id) ?? null,
      deleteServer: async (id: string) => this.onDelete(id),
      forceDeleteServer: async (id: string) => this.onDelete(`force ${id}`),
      deletePort: async (id: string) => this.onDelete(id),
      deleteSecurityGroup: async (id: string) => this.onDelete(id),
      unlockServer: async (id: string) => {
        this.servers = this.servers.map((one) => (one.id === id ? { ...one, isLocked: false } : one));
      },
    } as unknown as Cloud;
  }

  onDelete(id: string): void {
    this.deleted.push(id);
    const bare = id.replace('force ', '');
    this.servers = this.servers.filter((one) => one.id !== bare);
    this.ports = this.ports.filter((one) => one.id !== bare);
    this.groups = this.groups.filter((one) => one.id !== bare);
  }
}
