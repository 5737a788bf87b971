/** What a fault can happen to: the operations of the API, connections, sessions, remote jobs; and which fault fits which. */
import { glance } from './api/glance.ts';
import { keystone } from './api/keystone.ts';
import { neutron } from './api/neutron.ts';
import { nova } from './api/nova.ts';
import type { Route } from './api/route.ts';

/** Verb and resource, like create-server, list-ports. */
const ROUTES: readonly Route[] = [keystone, glance, nova, neutron].flatMap(({ routes }) => routes);
const API_OPERATIONS: readonly string[] = [...new Set(ROUTES.map(({ operation }) => operation))];

/** Steps of users have a kind each, by their number, and by whether they may be repeated. */
const USER_STEPS = Array.from({ length: 20 }, (_, index) => [
  `user-step-${index + 1}`,
  `user-step-once-${index + 1}`,
]).flat();

/** Kinds of the remote jobs that the builder runs on its servers. */
export const REMOTE_JOB_KINDS: readonly string[] = [
  'wait-cloud-init',
  'check-server',
  'make-host-key',
  'install-host-key',
  'set-names',
  'create-stack-user',
  'write-repositories',
  'write-mirrors',
  'install-packages',
  'configure-git',
  'clone-devstack',
  'apply-patches',
  'install-plugin',
  'install-builder-plugin',
  'write-local-conf',
  'install-files',
  ...USER_STEPS,
  'write-compute-id',
  'make-ca',
  'install-ca',
  'install-openvswitch',
  'make-overlay',
  'check-overlay',
  'join-public-bridge',
  'make-migration-key',
  'trust-migration-keys',
  'check-migration-ssh',
  'release-stack',
  'run-stack',
  'unstack',
  'forget-hypervisors',
  'keep-public-bridge',
  'read-commits',
  'create-vhosts',
  'stop-idle-twins',
  'discover-hosts',
  'disable-compute',
  'enable-compute',
  'move-guests',
  'stop-compute',
  'forget-compute',
  'check-forgotten',
  'verify-ask',
  'verify-guests',
];

export const OPERATIONS: readonly string[] = [...API_OPERATIONS, 'connect', 'session', ...REMOTE_JOB_KINDS];

const LISTS = API_OPERATIONS.filter((operation) => operation.startsWith('list-'));
/** What can be there without being seen: the rows of world.ts that have a `visibleAtMs`. */
const LAGGING = ['create-server', 'create-port', 'create-security-group', 'create-floating-ip'];
const REPEATABLE = API_OPERATIONS.filter((operation) => /^(create|delete)-/.test(operation));
const LIMITED = [...LAGGING, 'create-security-group-rule', 'create-keypair'];

/** Operations a fault fits, by its key in a fault script. */
export const FAULT_FITS = {
  status: API_OPERATIONS,
  effect: API_OPERATIONS,
  message: API_OPERATIONS,
  retry_after: API_OPERATIONS,
  reply: API_OPERATIONS,
  delay: API_OPERATIONS,
  late: REPEATABLE,
  twice: REPEATABLE,
  lag: LAGGING,
  omit: LISTS,
  // Where no token is asked for, none can be refused.
  token: ROUTES.filter(({ isOpen }) => isOpen !== true).map(({ operation }) => operation),
  quota: LIMITED,
  error: ['create-server'],
  stuck: ['delete-server'],
  unplug: ['delete-server'],
  ssh: ['connect'],
  session: ['session'],
  exit: REMOTE_JOB_KINDS,
  prints: REMOTE_JOB_KINDS,
  fails_at: ['run-stack'],
  reboots_at: ['run-stack'],
  disk: REMOTE_JOB_KINDS,
} as const satisfies Record<string, readonly string[]>;

export type FaultKey = keyof typeof FAULT_FITS;

/** Whether a name is what a pattern with `*` says. */
export function fitsPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}
