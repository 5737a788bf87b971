/** All in one: a controller that is its own and only hypervisor. */
import { controller } from './controller.ts';
import type { Role } from './role.ts';

export const allinone: Role = { ...controller, name: 'allinone', hypervisor: 'always' };
