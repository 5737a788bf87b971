/** Failures of services that DevStack starts, and of those that it asks (devstack.md section 5: C, M, R, T, V, AD, AE). */
import type { FailureClass } from './failure-class.ts';

const JOURNAL = "read why: ./builder ssh {cluster} {node} -- sudo journalctl -u 'devstack@*' -n 200";
const FRESH_SERVER = 'choose an image without a database of its own: --image NAME';

export const SERVICE_FAILURES: readonly FailureClass[] = [
  {
    name: 'service-start',
    patterns: [/(?:^|\s)(?<service>(?:swift )?[\w-]+) did not start$/],
    sentence: '{service} did not start in time',
    cure: `${JOURNAL}; where the server is only slow: --set localrc.SERVICE_TIMEOUT=600`,
    isRetryable: true,
  },
  {
    name: 'unit-failed',
    patterns: [
      /^Job for (?<unit>\S+?)(?:\.service)? failed/,
      /^Failed to (?:re)?start (?<unit>\S+?)(?:\.service)?: /,
      /^A dependency job for (?<unit>\S+?)(?:\.service)? failed/,
    ],
    sentence: 'systemd could not start {unit}',
    cure: "read why: ./builder ssh {cluster} {node} -- sudo journalctl -u '{unit}' -n 200",
    isRetryable: true,
    isOftenHarmless: true,
  },
  {
    name: 'rabbit-user',
    patterns: [/Failed to set rabbitmq password/],
    details: [
      /(?:^|\s)epmd on (?<host>\S+)/,
      /unable to connect to epmd \(port \d+\) on (?<host>[^\s:]+)/,
      /'?rabbit@(?<host>[\w.-]+)/,
    ],
    sentence: 'RabbitMQ on {host|this server} did not take its user after 20 tries',
    cure: 'the host name must resolve to an address of the server before anything is installed, and no RabbitMQ may be in the image: --image NAME',
    isRetryable: false,
  },
  {
    name: 'database-connections',
    patterns: [/\(1040, ['"]Too many connections['"]\)/, /ERROR 1040 .*Too many connections/],
    sentence: 'the database has no connection left: too many workers ask it',
    cure: 'fewer workers: --set localrc.API_WORKERS=2; or fewer computes: --hypervisors N',
    isRetryable: false,
  },
  {
    name: 'database-other-password',
    patterns: [/(?:^ERROR 1045|\(1045, ).*Access denied for user '(?<user>[^']+)'@'[^']*' \(using password: YES\)/],
    sentence: 'the database refuses the password of {user}: it was set up before, with another one',
    cure: `${FRESH_SERVER}; a password of yours in --templates DIR must be the same for all nodes`,
    isRetryable: false,
  },
  {
    name: 'database-login-refused',
    patterns: [/(?:^ERROR (?:1045|1698)|\((?:1045|1698), ).*Access denied for user '(?<user>[^']+)'@'/],
    sentence: 'the database lets {user} in by socket only: this MariaDB is newer than this DevStack knows',
    cure: 'take a DevStack that knows it (--branch stable/2026.1), or an image with an older MariaDB: --image NAME',
    isRetryable: false,
  },
  {
    name: 'database-isolation',
    patterns: [/Record has changed since last read/],
    sentence: 'MariaDB 11.6.2 and later isolates transactions otherwise than this DevStack expects',
    cure: 'take a DevStack that turns it off (--branch stable/2026.1), or an image with an older MariaDB: --image NAME',
    isRetryable: false,
  },
  {
    name: 'database-exists',
    patterns: [
      /Can't create database '(?<database>[^']+)'; database exists/i,
      /\(1007, .*database '?(?<database>\w+)/i,
    ],
    sentence: 'the database {database} is there already: this is not a fresh server',
    cure: FRESH_SERVER,
    isRetryable: false,
  },
  {
    name: 'database-gone',
    patterns: [
      /Can't connect to (?:local )?(?:MySQL )?server (?:on|through socket) '(?<host>[^']+)'/,
      /Lost connection to (?:MySQL )?server/,
      /(?:MySQL )?server has gone away/,
    ],
    sentence: 'the database {host|of the controller} does not answer, or went away',
    cure: 'most often it had too little memory: choose a larger flavor, --flavor controller=NAME',
    isRetryable: true,
    isOftenHarmless: true,
  },
  {
    name: 'restacked-network',
    patterns: [/No project network is available for allocation/],
    sentence: 'Neutron has no project network left: it still runs over a database that was made anew',
    cure: 'stack.sh was run here before: it needs a fresh server',
    isRetryable: true,
  },
  {
    name: 'address-in-use',
    patterns: [
      /\[Errno 98\] Address already in use.*?(?<address>\('[^']*', \d+\))/,
      /Address already in use: \S+ make_sock: could not bind to address (?<address>\S+)/,
      /\bAddress already in use\b/,
    ],
    sentence: 'another program listens on {address|the port of a service}',
    cure: 'choose a plain cloud image, without services of its own: --image NAME',
    isRetryable: false,
  },
  {
    name: 'ovn-file-missing',
    patterns: [/(?:Socket|DB File) (?<file>\/\S+) not found/, /ovs-vsctl: (?<file>\S+): database connection failed/],
    sentence: 'Open vSwitch or OVN did not come up: {file} is missing',
    cure: "read why: ./builder ssh {cluster} {node} -- sudo journalctl -u 'ov*' -n 200; without kernel modules --set localrc.OVS_DATAPATH_TYPE=netdev",
    isRetryable: true,
  },
  {
    name: 'compute-not-registered',
    patterns: [/Didn't find service registered by hostname after (?<seconds>\d+) seconds/],
    sentence: 'the nova-compute of this server did not register with the controller within {seconds} s',
    cure: "read why: ./builder ssh {cluster} {node} -- sudo journalctl -u 'devstack@n-cpu*' -n 200; the controller must answer on 5672, 80 and 6642; where it is only slow: --set localrc.NOVA_READY_TIMEOUT=600",
    isRetryable: true,
  },
  {
    name: 'compute-identity',
    patterns: [
      /No local node identity found, but this is not our first startup/,
      /My (?:compute )?node \S+ has host '?(?<old>[^\s',]+)'? but my host is '?(?<host>[^\s',]+)/i,
    ],
    sentence: 'nova knows this hypervisor as {old|another one}: it lost its identity, or its name was changed',
    cure: 'delete what the controller has recorded of it: openstack --os-cloud devstack-admin compute service delete ID',
    isRetryable: false,
  },
  {
    name: 'host-mapped-twice',
    patterns: [/uniq_host_mappings0host/, /Duplicate host mapping was encountered/],
    sentence: 'two programs mapped hypervisors to cells at the same moment',
    cure: 'run discover_hosts from nowhere else while the cluster is built',
    isRetryable: true,
  },
  {
    name: 'computes-too-early',
    patterns: [/No host mappings found but/],
    sentence: 'computes registered before the controller had its cells',
    cure: 'start no nova-compute of yours against this controller while it is stacked',
    isRetryable: true,
  },
  {
    name: 'keystone-refused',
    patterns: [/The request you have made requires authentication\. \(HTTP 401\)/],
    sentence: 'Keystone refused the passwords that DevStack uses',
    cure: 'take the passwords out of --templates DIR: builder makes them, the same for all nodes',
    isRetryable: false,
    isOftenHarmless: true,
  },
  {
    name: 'api-unreachable',
    patterns: [
      /Unable to establish connection to (?<url>[a-z]+:\/\/[^\s'"]+?):? /,
      /Failed to discover available identity versions when contacting (?<url>[^\s]+?)\.? /,
      /^(?:Service Unavailable|Bad Gateway|Gateway Timeout) \(HTTP (?<status>50\d)\)/,
    ],
    details: [/(?<url>https?:\/\/[^\s'"]+?)[.:,]?(?:\s|$)/],
    sentence: 'the API {url|of a service} does not answer',
    cure: 'let the nodes reach one another, and look at the controller: ./builder ssh {cluster} CONTROLLER -- systemctl --failed',
    isRetryable: true,
    isOftenHarmless: true,
  },
  {
    name: 'service-crashed',
    patterns: [/\bCRITICAL (?<project>[\w.-]+) \[.*?\] Unhandled error(?:: (?<error>.+))?/],
    sentence: "{project}'s own code failed: {error|an unhandled error}",
    cure: 'where others meet it too, pin what worked: --branch COMMIT, and PROJECT_BRANCH=COMMIT in localrc',
    isRetryable: false,
  },
];
