/** DevStack plugins: on which nodes each is, and the lines that enable it there (devstack.md section 6.1). */
import { roleNamed } from './index.ts';
import { KNOWN_SERVICES } from './known-services.ts';
import type { RoleName } from './role.ts';

interface ServicesChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export interface Plugin {
  readonly name: string;
  readonly repo: string;
  /** Branch, tag or commit; null: the branch DevStack itself is of where the plugin has it, else master. */
  readonly ref: string | null;
  /** Groups and roles; empty: every node with the APIs, and every hypervisor. */
  readonly nodes: readonly string[];
  readonly localrc: Readonly<Record<string, string>>;
  /** By group or role. */
  readonly services: Readonly<Record<string, ServicesChange>>;
}

export interface PluginNode {
  readonly group: string;
  readonly role: RoleName;
  readonly isHypervisor: boolean;
}

/** In the order in which they are enabled. */
export function pluginsOn(node: PluginNode, plugins: readonly Plugin[]): readonly Plugin[] {
  const isUsual = roleNamed(node.role).hasApi || node.isHypervisor;
  return plugins.filter(({ nodes }) =>
    nodes.length === 0 ? isUsual : nodes.some((name) => name === node.group || name === node.role),
  );
}

/** What a node's plugins change of its services: what they say of its role, then of its group. */
export function pluginServices(node: PluginNode, plugins: readonly Plugin[]): readonly ServicesChange[] {
  return pluginsOn(node, plugins).flatMap(({ services }) =>
    [services[node.role], node.group === node.role ? undefined : services[node.group]].filter(
      (change) => change !== undefined,
    ),
  );
}

/**
 * The end of localrc: settings of plugins read every variable. A plugin enables its services by itself, later than this file says
 * which there are; `removed` are the names that it is kept from enabling. `commits` has what the refs stood at, by name; without it
 * the ref stands there.
 */
export function enablingLines(
  plugins: readonly Plugin[],
  removed: readonly string[],
  commits: ReadonlyMap<string, string>,
): readonly string[] {
  if (plugins.length === 0) return [];
  const foreign = [...new Set(removed)].filter((service) => !KNOWN_SERVICES.has(service));
  return [
    ...(foreign.length === 0 ? [] : [`disable_service ${foreign.join(' ')}`]),
    ...plugins.map(({ name, repo, ref }) => `enable_plugin ${name} ${repo} ${commits.get(name) ?? ref ?? 'master'}`),
  ];
}
