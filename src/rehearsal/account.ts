/** Who uses a rehearsal cloud: its one project with its user, credentials and quotas, and ids made from names. */
import { createHash } from 'node:crypto';
import type { Quotas } from './api/route.ts';

/** The same name gives the same id in every rehearsal. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(`rehearsal ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Keystone's ids have no dashes. */
function plainIdOf(name: string): string {
  return idOf(name).replaceAll('-', '');
}

export const ACCOUNT = {
  user: { id: plainIdOf('user'), name: 'rehearsal' },
  password: 'rehearsal',
  domain: { id: 'default', name: 'Default' },
  project: { id: plainIdOf('project'), name: 'rehearsal' },
  roles: [
    { id: plainIdOf('member'), name: 'member' },
    { id: plainIdOf('reader'), name: 'reader' },
  ],
  applicationCredential: { id: plainIdOf('application credential'), name: 'builder', secret: 'rehearsal-secret' },
  region: 'Rehearsal',
  /** Whose networks and images are shared with everybody. */
  operator: plainIdOf('operator'),
} as const;

export const QUOTAS: Quotas = {
  instances: 1200,
  cores: 10_000,
  ram: 20_000_000,
  keyPairs: 100,
  ports: 2500,
  securityGroups: 100,
  securityGroupRules: 1000,
  floatingIps: 1200,
};
