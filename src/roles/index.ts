/** The list of roles; a new one gets its line here. */
import { allinone } from './allinone.ts';
import { api } from './api.ts';
import { childCell } from './child-cell.ts';
import { compute } from './compute.ts';
import { controller } from './controller.ts';
import { database } from './database.ts';
import { messaging } from './messaging.ts';
import { network } from './network.ts';
import type { Role, RoleName } from './role.ts';

const ROLES: Readonly<Record<RoleName, Role>> = {
  allinone,
  controller,
  api,
  database,
  messaging,
  'child-cell': childCell,
  compute,
  network,
};

export const ROLE_NAMES = Object.keys(ROLES) as readonly RoleName[];

/** Whether a saved role's name is one with the APIs; of a cluster that was found by its marks alone, roles are unknown. */
export function isRoleWithApi(name: string): boolean {
  const known = ROLE_NAMES.find((role) => role === name);
  return known !== undefined && roleNamed(known).hasApi;
}

/** The role of this name. */
export function roleNamed(name: RoleName): Role {
  return ROLES[name];
}
