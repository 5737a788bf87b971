/** The local.conf lines every role begins with: who the node is, where the controller is, the four passwords. */
import type { RoleFacts } from './role.ts';

/**
 * localrc keys of devstack.md section 1.1, with addresses written out. MYSQL_HOST and RABBIT_HOST are never left to DevStack's
 * defaults: those are 127.0.0.1 and nothing, and end up in the cell mappings without a word.
 */
export function sharedLocalrc(facts: RoleFacts): Readonly<Record<string, string>> {
  return {
    HOST_IP: facts.hostIp,
    SERVICE_HOST: facts.controllerIp,
    DATABASE_TYPE: 'mysql',
    DATABASE_HOST: facts.controllerIp,
    MYSQL_HOST: facts.controllerIp,
    RABBIT_HOST: facts.controllerIp,
    ADMIN_PASSWORD: '{{secret:admin_password}}',
    DATABASE_PASSWORD: '{{secret:database_password}}',
    RABBIT_PASSWORD: '{{secret:rabbit_password}}',
    SERVICE_PASSWORD: '{{secret:service_password}}',
    LOGFILE: '/opt/stack/logs/stack.sh.log',
    LOG_COLOR: 'False',
    VERBOSE: 'True',
    SERVICE_TIMEOUT: '240',
    NOVA_READY_TIMEOUT: '240',
    IP_VERSION: '4',
    PUBLIC_BRIDGE_MTU: String(facts.mtu),
    NOVA_ALLOW_MOVE_TO_SAME_HOST: 'False',
    LIVE_MIGRATION_AVAILABLE: 'True',
    USE_BLOCK_MIGRATION_FOR_LIVE_MIGRATION: 'True',
  };
}

/** The service of OVN's agent on a hypervisor: DevStack before 2025.2 knows only the older one (devstack.md section 1.1). */
export function ovnAgentService(ref: string): string {
  // A series is named by its branch, and where that is gone by its last tag.
  const series = /^(?:refs\/heads\/)?(?:(?:stable|unmaintained)\/)?(\d{4}\.\d)(?:-eo[lm])?$/.exec(ref)?.[1];
  return series !== undefined && series < '2025.2' ? 'q-ovn-metadata-agent' : 'q-ovn-agent';
}
