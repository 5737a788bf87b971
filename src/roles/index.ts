/** The list of roles; a new one gets its line here. */
import { allinone } from './allinone.ts';
import { compute } from './compute.ts';
import { controller } from './controller.ts';
import type { Role, RoleName } from './role.ts';

const ROLES: Readonly<Record<RoleName, Role>> = { controller, compute, allinone };

/** The role of this name. */
export function roleNamed(name: RoleName): Role {
  return ROLES[name];
}
