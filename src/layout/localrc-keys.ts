/** Which localrc keys a layout may set: not those the builder owns, nor those bash does. */

export interface Refusal {
  readonly message: string;
  readonly fix: string;
}

const BY_BUILDER = 'the builder writes it itself, for each node';
/** Keys with another place in the layout, or with none. */
const OWNED: ReadonlyMap<string, string> = new Map([
  ['GIT_BASE', 'set devstack.git_base'],
  ['FIXED_RANGE', 'set network.fixed_range'],
  ['IPV4_ADDRS_SAFE_TO_USE', 'set network.fixed_range'],
  ['NETWORK_GATEWAY', 'set network.fixed_range; the gateway is its first address'],
  ['FLOATING_RANGE', 'set network.floating_range'],
  ['PUBLIC_NETWORK_GATEWAY', 'set network.floating_range; the gateway is its first address'],
  ['ENABLED_SERVICES', 'set services: {add: […], remove: […]}'],
  ['DISABLED_SERVICES', 'set services: {remove: […]}'],
  ['SWIFT_HASH', 'remove it: the builder makes it and keeps it in its vault'],
  ['LOGFILE', 'remove it: the builder follows this file'],
  ['LOGDIR', 'remove it: the builder follows the log'],
  ['DEST', 'remove it: stack.sh works only in /opt/stack'],
  ...[
    'HOST_IP',
    'SERVICE_HOST',
    'DATABASE_TYPE',
    'DATABASE_HOST',
    'MYSQL_HOST',
    'RABBIT_HOST',
    'GLANCE_HOSTPORT',
    'Q_HOST',
  ].map((key) => [key, "remove it: the nodes' addresses are known only when they exist"] as const),
  ['NOVA_NUM_CELLS', 'set cells.count'],
  ['NOVA_CPU_CELL', "set the group's cell"],
  ['BUILDER_CELL', "set the group's cell"],
  ['BUILDER_REMOTE_CELLS', 'set cells.count and groups with role: child-cell'],
  ...['ROOT_CA_DIR', 'INT_CA_DIR', 'DEVSTACK_CERT'].map(
    (key) => [key, 'set tls: true; the CA lies at the same place on every node'] as const,
  ),
  ['PUBLIC_BRIDGE_MTU', 'remove it: it is the MTU of the network the servers are on'],
]);
/** Variables bash computes, forbids to assign, or lives by. */
const OF_BASH =
  /^(?:_|BASH.*|SHELLOPTS|UID|EUID|PPID|GROUPS|RANDOM|SRANDOM|SECONDS|LINENO|EPOCH.*|FUNCNAME|DIRSTACK|PIPESTATUS|HISTCMD|COMP_.*|OPT(?:IND|ARG|ERR)|IFS|PATH|HOME|PWD|OLDPWD|SHLVL|ENV|LD_.*|PS[0-4]|LANG|LANGUAGE|LC_.*|TMOUT|CDPATH|POSIXLY_CORRECT|GLOBIGNORE|EXECIGNORE|IGNOREEOF)$/;
/** DevStack reads these three in lower case. */
const PROXIES = new Set(['http_proxy', 'https_proxy', 'no_proxy']);
const MAX_LENGTH = 8192;

/** Why a layout may not set this key; null when it may. */
export function refuseKey(key: string): Refusal | null {
  if (PROXIES.has(key)) return null;
  if (!/^[A-Z_][A-Z0-9_]*$/.test(key)) {
    return { message: 'not a localrc key', fix: 'capital letters, digits and "_"' };
  }
  if (key.endsWith('_PASSWORD'))
    return { message: BY_BUILDER, fix: 'remove it: passwords are made once and kept in the vault' };
  const fix = OWNED.get(key);
  if (fix !== undefined) return { message: BY_BUILDER, fix };
  return OF_BASH.test(key) ? { message: 'the shell that reads local.conf owns it', fix: 'remove it' } : null;
}

/** Why a value cannot be written as it stands; null when it can. The value itself is never repeated: it may be a secret. */
export function refuseValue(value: string): (Refusal & { readonly isSecret: boolean }) | null {
  const refusal = (message: string, fix: string, isSecret = false) => ({ message, fix, isSecret });
  // Only the tab survives DevStack's way of reading the file line by line.
  const hasControl = [...value].some((char) => (char < ' ' && char !== '\t') || char === '\u007f');
  if (hasControl || !value.isWellFormed())
    return refusal('a value is one line of text', 'remove newlines and control characters');
  if (value.length > MAX_LENGTH) return refusal(`longer than ${MAX_LENGTH} characters`, 'shorten it');
  if (value.includes('{{secret:')) return refusal('"{{secret:" marks the builder\'s own secrets', 'remove it');
  if (/https?:\/\/[^\s/]*@/i.test(value) || /:\/\/[^\s/]*:[^\s/]*@/.test(value)) {
    return refusal('a URL must not hold credentials', 'use a URL that needs none: layouts are stored and shown', true);
  }
  return null;
}

/** `refuseKey` as a pattern, for editors. */
export const LOCALRC_KEY = `^(?:${[...PROXIES].join('|')}|(?!.*_PASSWORD$)(?!(?:${[...OWNED.keys()].join('|')})$)(?!${OF_BASH.source.slice(1)})[A-Z_][A-Z0-9_]*)$`;
/** What of `refuseValue` a pattern can say. */
export const LOCALRC_VALUE = `^(?!.*\\{\\{secret:)(?!.*://[^\\s/]*:[^\\s/]*@)[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,${MAX_LENGTH}}$`;
