/** The local.conf lines that roles have in common: who the node is, where the others are, what all of them must agree on. */
import type { RoleFacts } from './role.ts';

/**
 * For every node (devstack.md section 1.1), with addresses written out. MYSQL_HOST and RABBIT_HOST are never left to DevStack's
 * defaults: those are 127.0.0.1 and nothing, and end up in the cell mappings without a word.
 */
export function nodeLocalrc(facts: RoleFacts): Readonly<Record<string, string>> {
  return {
    HOST_IP: facts.hostIp,
    SERVICE_HOST: facts.serviceHost,
    DATABASE_TYPE: 'mysql',
    DATABASE_HOST: facts.databaseHost,
    MYSQL_HOST: facts.databaseHost,
    RABBIT_HOST: facts.messagingHost,
    ADMIN_PASSWORD: '{{secret:admin_password}}',
    DATABASE_PASSWORD: '{{secret:database_password}}',
    RABBIT_PASSWORD: '{{secret:rabbit_password}}',
    SERVICE_PASSWORD: '{{secret:service_password}}',
    LOGFILE: '/opt/stack/logs/stack.sh.log',
    LOG_COLOR: 'False',
    VERBOSE: 'True',
  };
}

/** For every node that runs a part of nova: what the control plane and the hypervisors must agree on. */
export function novaLocalrc(facts: RoleFacts): Readonly<Record<string, string>> {
  return {
    ...nodeLocalrc(facts),
    SERVICE_TIMEOUT: '240',
    NOVA_READY_TIMEOUT: '240',
    IP_VERSION: '4',
    PUBLIC_BRIDGE_MTU: String(facts.mtu),
    NOVA_ALLOW_MOVE_TO_SAME_HOST: 'False',
    LIVE_MIGRATION_AVAILABLE: facts.canLiveMigrate ? 'True' : 'False',
    USE_BLOCK_MIGRATION_FOR_LIVE_MIGRATION: 'True',
    ...(facts.cells > 1 ? { NOVA_NUM_CELLS: String(facts.cells) } : {}),
    ...(facts.cells > 1 && facts.isHypervisor ? { NOVA_CPU_CELL: String(facts.cell) } : {}),
    ...(facts.fakeHypervisors === null
      ? {}
      : { VIRT_DRIVER: 'fake', NUMBER_FAKE_NOVA_COMPUTE: String(facts.fakeHypervisors) }),
  };
}
