/** Calls to the rehearsal's Neutron, in the words of its tests. */
import { expect } from 'vitest';
import { neutron } from '../../../../src/rehearsal/api/neutron.ts';
import { type ApiAnswer } from '../../../../src/rehearsal/api/route.ts';
import { NETWORKS } from '../../../../src/rehearsal/base-networks.ts';
import { applyChanges, put, type ServerRow } from '../../../../src/rehearsal/world.ts';
import { RehearsalCalls } from './call.ts';

export const [PRIVATE, PUBLIC, PROVIDER] = [NETWORKS[0]!, NETWORKS[1]!, NETWORKS[2]!];

/** An id that nothing has. */
export const NOBODY = '11111111-2222-4333-8444-555555555555';

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
  readonly security_groups: readonly string[];
  readonly security_group_rules: readonly Readonly<Record<string, unknown>>[];
  readonly floating_ip_address: string;
}

/** The answer that refuses, written as `404 PortNotFound: …`. */
export function refusal(text: string): ApiAnswer {
  const [, status = '', type, message] = /^(\d+) (\w+): (.*)$/s.exec(text) ?? [];
  return { status: Number(status), json: { NeutronError: { type, message, detail: '' } } };
}

/** A test leaves an attribute out by setting it undefined. */
function asSent(body: object): unknown {
  return JSON.parse(JSON.stringify(body));
}

export class NeutronCalls extends RehearsalCalls {
  /** The key of a resource in its bodies. */
  private readonly key: string;
  private readonly path: string;

  constructor(key: string, path = `${key}s`) {
    super(neutron);
    this.key = key;
    this.path = `/v2.0/${path}`;
  }

  create(attributes: object): ApiAnswer {
    return this.call('POST', this.path, { body: asSent({ [this.key]: attributes }) });
  }

  made(attributes: object): Item {
    return this.itemOf(this.create(attributes), 201);
  }

  update(id: string, attributes: object): ApiAnswer {
    return this.call('PUT', `${this.path}/${id}`, { body: { [this.key]: attributes } });
  }

  updated(id: string, attributes: object): Item {
    return this.itemOf(this.update(id, attributes), 200);
  }

  remove(id: string): ApiAnswer {
    return this.call('DELETE', `${this.path}/${id}`);
  }

  look(id: string): ApiAnswer {
    return this.call('GET', `${this.path}/${id}`);
  }

  show(id: string): Item {
    return this.itemOf(this.look(id), 200);
  }

  list(query = ''): readonly Item[] {
    return this.json<Readonly<Record<string, readonly Item[]>>>('GET', `${this.path}?${query}`)[`${this.key}s`]!;
  }

  /** A port to put things on, whatever else is called here. */
  madePort(attributes: object = {}): Item {
    const answer = this.call('POST', '/v2.0/ports', { body: { port: { network_id: PRIVATE.id, ...attributes } } });
    return (answer.json as { port: Item }).port;
  }

  /** Into a server that is ACTIVE from 10 s on and gone at 100 s. */
  plug(portId: string): void {
    const server = {
      id: 'a server',
      createdAtMs: 0,
      builtAtMs: 10_000,
      fault: null,
      reboot: null,
      deletedAtMs: 90_000,
      goneAtMs: 100_000,
    };
    const port = this.world.port.get(portId)!;
    applyChanges(this.world, [
      put('server', server.id, server as unknown as ServerRow),
      put('port', portId, { ...port, deviceId: server.id, deviceOwner: 'compute:nova' }),
    ]);
  }

  private itemOf(answer: ApiAnswer, status: number): Item {
    expect(answer.status, JSON.stringify(answer.json)).toBe(status);
    return (answer.json as Readonly<Record<string, Item>>)[this.key]!;
  }
}
