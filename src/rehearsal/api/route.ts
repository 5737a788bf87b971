/** The shape of the simulated API: routes as data, each a pure function from request and world to an answer with its changes. */
import type { Change, World } from '../world.ts';

/** What a handler may look at. It changes nothing itself: what it wants changed stands in its answer. */
export interface View {
  readonly world: World;
  /** Modelled milliseconds since the world began. */
  readonly nowMs: number;
  /** A modelled time as the API writes it, like 2026-03-01T12:00:00Z: the wall time at which it was or will be. */
  utc(modelMs: number): string;
  /** The wall time of a modelled one, future ones at today's speed. */
  wallAt(modelMs: number): Date;
  /** Fresh identifiers. */
  uuid(): string;
  /** Modelled durations and quotas of this rehearsal. */
  readonly settings: WorldSettings;
  /** Where the cloud is served, like http://127.0.0.1:41234. */
  readonly url: string;
  /** Keystone's tokens live in wall time, whatever the world's pace. */
  readonly tokens: { readonly secret: string; readonly wallMs: number };
}

export interface WorldSettings {
  /** Changes durations a little, from server to server; the same seed gives the same. */
  readonly seed: number;
  readonly quotas: Quotas;
}

export interface Quotas {
  readonly instances: number;
  readonly cores: number;
  /** MiB. */
  readonly ram: number;
  readonly keyPairs: number;
  readonly ports: number;
  readonly securityGroups: number;
  readonly securityGroupRules: number;
  readonly floatingIps: number;
}

export interface ApiRequest {
  readonly method: string;
  /** Below the service, like /v2.1/servers/detail. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; null without one. */
  readonly body: unknown;
  /** The parts of the path that the pattern names. */
  readonly params: Readonly<Record<string, string>>;
  /** Nova's microversion of this request as [2, 79]; [2, 1] when none was asked for. */
  readonly microversion: readonly [number, number];
}

export interface ApiAnswer {
  readonly status: number;
  readonly json?: unknown;
  /** Instead of json: the console, the base address of a version. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Recorded in the ledger, in one line, before the answer is sent. */
  readonly changes?: readonly Change[];
}

export interface Route {
  /** Verb and resource, like create-server, list-ports, show-image: the name faults are scripted by. */
  readonly operation: string;
  /** Where one path does several things: what this request asks for, instead of `operation`. */
  operationOf?(request: ApiRequest): string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** Path below the service with :names, like /v2.1/servers/:id. */
  readonly pattern: string;
  /** No token is asked for: discovery, login. */
  readonly isOpen?: true;
  /** The name of the resource it is about (from the body of a create, from the world otherwise), for the fault script. */
  subject?(request: ApiRequest, view: View): string;
  handle(request: ApiRequest, view: View): ApiAnswer;
}

/** A service of the catalog with its routes; served below /NAME. */
export interface Service {
  /** Also the first part of its path: identity, compute, image, network. */
  readonly name: string;
  readonly type: string;
  readonly routes: readonly Route[];
  /** An error in this service's own form. */
  error(status: number, message: string, type?: string): ApiAnswer;
}

export interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

function matchPattern(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== value) return null;
    } else if (value === '') return null;
    else params[part.slice(1)] = value;
  }
  return params;
}

/** The first route that takes the method and path; a trailing slash, .json and HEAD for GET are forgiven as the real services do. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute | null {
  const plain = path.length > 1 ? path.replace(/(\.json)?\/*$/, '') : path;
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchPattern(route.pattern, plain) ?? matchPattern(route.pattern, path);
    if (params !== null) return { route, params };
  }
  return null;
}
