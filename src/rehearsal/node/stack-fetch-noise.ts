/** What a log of stack.sh is full of while packages and sources are fetched, and the form of its xtrace. */
import { packageLines } from './apt-text.ts';
import type { Dice } from './dice.ts';

export interface NoiseFacts {
  readonly host: string;
  readonly hostIp: string;
  readonly serviceHost: string;
  readonly gitBase: string;
  readonly services: readonly string[];
  /** Variable and value: DevStack hides none of them from its log. */
  readonly passwords: readonly (readonly [name: string, value: string])[];
}

/** A few lines that belong together. */
export type Noise = (dice: Dice, facts: NoiseFacts) => readonly string[];

/** One line of bash's xtrace under DevStack's prompt. */
export function trace(file: string, name: string, line: number, command: string): string {
  return `+ ${`${file}:${name}:${line}`.padEnd(40)}:   ${command}`;
}

const PROJECTS = ['nova', 'neutron', 'glance', 'placement', 'keystone', 'cinder', 'requirements'] as const;
const PACKAGES = [
  'bridge-utils',
  'build-essential',
  'dnsmasq-base',
  'ebtables',
  'gettext',
  'iptables',
  'libffi-dev',
  'libmariadb-dev',
  'libpcre3-dev',
  'libssl-dev',
  'libsystemd-dev',
  'libvirt-daemon-system',
  'libxml2-dev',
  'libyaml-dev',
  'lsof',
  'memcached',
  'openvswitch-switch',
  'ovn-host',
  'pkg-config',
  'python3-dev',
  'qemu-system-x86',
  'rabbitmq-server',
  'socat',
  'sysstat',
  'tcpdump',
  'uwsgi-plugin-python3',
  'vlan',
  'zlib1g-dev',
] as const;
const LIBRARIES = [
  'alembic',
  'amqp',
  'cryptography',
  'dogpile.cache',
  'eventlet',
  'greenlet',
  'keystoneauth1',
  'kombu',
  'netaddr',
  'openstacksdk',
  'oslo.cache',
  'oslo.concurrency',
  'oslo.config',
  'oslo.context',
  'oslo.db',
  'oslo.log',
  'oslo.messaging',
  'oslo.middleware',
  'oslo.policy',
  'oslo.privsep',
  'oslo.serialization',
  'oslo.service',
  'osprofiler',
  'ovs',
  'ovsdbapp',
  'paste',
  'pyroute2',
  'requests',
  'routes',
  'SQLAlchemy',
  'stevedore',
  'taskflow',
  'tooz',
  'urllib3',
  'WebOb',
] as const;
/** Asking whether a service is enabled: most of what xtrace has to say. */
export const askService: Noise = (dice, { services }) => {
  const file = dice.pick(['./stack.sh', 'functions-common', 'lib/nova', 'lib/neutron', 'lib/glance', 'lib/cinder']);
  const service = dice.pick(['n-cpu', 'q-svc', 'g-api', 'c-vol', 'horizon', 'tls-proxy', 'placement-api', 'etcd3']);
  const name = 'is_service_enabled';
  return [
    trace(file, 'main', 700 + dice.below(600), `${name} ${service}`),
    trace('functions-common', name, 2041, 'local xtrace'),
    trace('functions-common', name, 2045, 'local enabled=1'),
    trace('functions-common', name, 2049, `[[ ,${services.join(',')}, =~ ,${service}, ]]`),
    trace('functions-common', name, 2077, `return ${services.includes(service) ? 0 : 1}`),
  ];
};

const installPackage: Noise = (dice) => packageLines(dice.pick(PACKAGES), dice);

const askPackages: Noise = (dice) => {
  const wanted = Array.from({ length: 6 }, () => dice.pick(PACKAGES)).join(' ');
  return [
    trace('functions-common', 'install_package', 1432, `update_package_repo`),
    trace('functions-common', 'real_install_package', 1407, `is_ubuntu`),
    trace(
      'functions-common',
      'apt_get',
      1187,
      `sudo DEBIAN_FRONTEND=noninteractive apt-get --assume-yes install ${wanted}`,
    ),
    'Reading package lists...',
    'Building dependency tree...',
    'Reading state information...',
  ];
};

const installLibrary: Noise = (dice) => {
  const name = dice.pick(LIBRARIES);
  const version = `${1 + dice.below(12)}.${dice.below(20)}.${dice.below(6)}`;
  const constraints = '/opt/stack/requirements/upper-constraints.txt';
  return [
    `Collecting ${name}===${version} (from -c ${constraints} (line ${1 + dice.below(620)}))`,
    `  Using cached ${name.replace('.', '_')}-${version}-py3-none-any.whl (${10 + dice.below(900)} kB)`,
    `Requirement already satisfied: pbr>=2.0 in ./data/venv/lib/python3.11/site-packages (from ${name}===${version}) (7.0.1)`,
    `Installing collected packages: ${name}`,
    `Successfully installed ${name}-${version}`,
  ];
};

const cloneProject: Noise = (dice, { gitBase }) => {
  const project = dice.pick(PROJECTS);
  const remote = `${gitBase}/openstack/${project}.git`;
  return [
    trace('functions-common', 'git_clone', 603, `local git_remote=${remote}`),
    trace('functions-common', 'git_clone', 604, 'local git_ref=stable/2026.1'),
    trace('functions-common', 'git_clone', 605, `local git_dest=/opt/stack/${project}`),
    trace(
      'functions-common',
      'git_timed',
      680,
      `timeout -s SIGINT 300 git clone ${remote} /opt/stack/${project} --depth 1`,
    ),
    `Cloning into '/opt/stack/${project}'...`,
    trace('functions-common', 'git_clone', 655, 'git show --oneline'),
    `${dice.hex(9)} Merge "Use the constraints of this series" into stable/2026.1`,
  ];
};

export const PACKAGE_NOISE: readonly [Noise, ...Noise[]] = [
  askService,
  askPackages,
  installPackage,
  installPackage,
  installPackage,
];

export const SOURCE_NOISE: readonly [Noise, ...Noise[]] = [
  askService,
  cloneProject,
  installLibrary,
  installLibrary,
  installLibrary,
];
