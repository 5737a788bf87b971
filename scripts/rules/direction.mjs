/** Which room may import what, one rule per room, and which room alone may use a library that has effects. */

/**
 * The rooms table. `may` are paths below src/ as regular expressions; a bare file is a room's port, a folder the room.
 * Every room may also import errors.ts and its own files.
 */
const rooms = [
  {
    room: 'commands',
    may: ['cluster/', 'progress/', 'host/', 'engine/(events|step)\\.ts', ...ports()],
    why: 'A verb turns flags into one call: what happens stands in cluster/, what is drawn in progress/.',
  },
  {
    room: 'cluster',
    may: [
      'plan/',
      'layout/',
      'roles/',
      'engine/',
      'host/',
      'progress/(report|recovery-text)\\.ts',
      'verify/',
      'cloud/(blind-list|delete-owned|find-object|remove-server)\\.ts',
      'document/near-miss\\.ts',
      'steps/(index|ports|outputs|node-access|create-server)\\.ts',
      ...ports(),
    ],
    why: 'A journey joins plan, engine and ports; requests, SQL and shell texts stay behind the ports.',
  },
  {
    room: 'progress',
    may: ['engine/(events|step)\\.ts', 'host/'],
    why: 'A renderer knows events only: another way of showing a run then needs no other room.',
  },
  {
    room: 'plan',
    may: [
      'layout/',
      'roles/',
      'engine/(step|journal|states|resolution|followers)\\.ts',
      'cloud/(cloud|resource-names)\\.ts',
    ],
    why: 'Planning is pure: no files, no time, no chance, no network, or it could not be tested by thousands.',
  },
  {
    room: 'verify',
    may: ['layout/(layout|nodes|check-names)\\.ts', 'roles/', 'remote/commands/'],
    why: "A check judges facts: who fetched them, and how, is the journey's, so that each way of being broken is a test.",
  },
  {
    room: 'steps',
    may: [
      'engine/(step|events)\\.ts',
      'cloud/(blind-list|cloud|delete-owned|find-object|poll-servers|remove-server|resource-names)\\.ts',
      'remote/(remote\\.ts|commands/)',
      'roles/',
      'layout/(layout|nodes)\\.ts',
      'host/clock\\.ts',
    ],
    why: 'A step sees the world through ports: SQLite, ssh2, HTTP and terminals are none of its business.',
  },
  {
    room: 'journal',
    may: ['engine/(journal|step|states|events)\\.ts', 'host/', '../migrations/'],
    why: 'The journal keeps what steps did and never knows what it means.',
  },
  { room: 'document', may: [], why: 'A document is read by a schema that others bring: it knows no subject.' },
  {
    room: 'layout',
    may: ['document/', 'roles/', 'host/'],
    why: 'A layout says what is wanted and never knows what exists.',
  },
  {
    room: 'engine',
    may: ['host/'],
    why: 'The engine runs any steps: OpenStack, SSH, SQLite, roles and terminals are unknown to it.',
  },
  { room: 'cloud', may: ['host/'], why: 'A cloud driver answers for resources and never knows which step asked.' },
  { room: 'remote', may: ['host/'], why: 'Remote jobs are texts and bytes here, whatever step they belong to.' },
  { room: 'roles', may: [], why: 'A role is a description: services, local.conf, sizes. It reaches nothing.' },
  {
    room: 'rehearsal',
    may: ['document/', 'host/'],
    why: 'The simulated cloud knows nothing of its client: both meet on the wire only.',
  },
  { room: 'host', may: [], why: 'The machine under us knows nothing of the domain, so that every room may use it.' },
];

/** The files by which a room is entered, for those who join rooms. */
function ports() {
  return [
    'cloud/(cloud|providers|connect|poll-servers)\\.ts',
    'cloud/openstack/(connect|credentials|open)[a-z-]*\\.ts',
    'remote/(remote|ssh-remote|public-key)\\.ts',
    'remote/commands/',
    'journal/(state|open)\\.ts',
    'layout/(layout|json-schema)\\.ts',
  ];
}

/** Libraries and parts of Node that act, each in one room, so that everything else decides purely. */
const effects = [
  {
    name: 'sqlite',
    what: npm('better-sqlite3', 'kysely'),
    where: 'src/journal/|migrations/',
    why: 'SQL stays in the journal: other rooms ask its port.',
  },
  {
    name: 'ssh',
    what: npm('ssh2', 'cpu-features'),
    where: 'src/remote/|src/rehearsal/',
    why: 'SSH stays behind the port remote.ts; the simulated servers answer it.',
  },
  { name: 'http', what: npm('undici'), where: 'src/cloud/', why: 'HTTP stays behind the port cloud.ts.' },
  {
    name: 'http-of-node',
    what: core('https?|http2|net|tls|dns|dgram'),
    where: 'src/cloud/|src/host/|src/rehearsal/',
    why: 'Sockets stay behind the ports; the simulated cloud listens on loopback.',
  },
  { name: 'terminal', what: npm('listr2'), where: 'src/progress/', why: 'Only a renderer draws.' },
  { name: 'command-line', what: npm('yargs'), where: 'src/commands/', why: 'Only a verb knows flags.' },
  {
    name: 'files',
    what: core('fs'),
    where: 'src/host/',
    why: 'Files are written durably, privately and atomically in one place: src/host/files.ts.',
  },
  {
    name: 'processes',
    what: core('child_process|worker_threads|cluster'),
    where: 'src/host/',
    why: 'Child processes are started with care in one place.',
  },
  {
    name: 'timers',
    what: core('timers'),
    where: 'src/host/',
    why: 'Time comes through the Clock port, which tests turn by hand.',
  },
];

function npm(...packages) {
  return `node_modules/(@types/)?(${packages.join('|')})/`;
}

function core(modules) {
  return `^(node:)?(${modules})(/|$)`;
}

function roomRule({ room, may, why }) {
  const allowed = ['errors\\.ts$', `${room}/`, ...may].map((path) =>
    path.startsWith('../') ? `^${path.slice(3)}` : `^src/${path}`,
  );
  return {
    name: `${room}-imports`,
    comment: `${why} It may import: ${['errors.ts', ...may].join(', ').replaceAll('\\', '')}.`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: '^(src|migrations|test|scripts)/', pathNot: allowed },
  };
}

function effectRule({ name, what, where, why }) {
  return {
    name: `only-${name}-room`,
    comment: `${why} Allowed in: ${where}.`,
    severity: 'error',
    from: { path: '^(src|migrations|builder)', pathNot: `^(${where})` },
    to: { path: what },
  };
}

export default {
  forbidden: [
    ...rooms.map(roomRule),
    ...effects.map(effectRule),
    {
      name: 'known-room',
      comment: 'A new room needs its row in scripts/rules/direction.mjs first: who may import it is a decision.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/((${rooms.map(({ room }) => room).join('|')})/|(main|errors)\\.ts$)` },
      to: {},
    },
    {
      name: 'errors-import-nothing',
      comment: 'The catalogue of errors is below everything, so it stands on nothing.',
      severity: 'error',
      from: { path: '^src/errors\\.ts$' },
      to: { path: '.' },
    },
    {
      name: 'main-is-the-top',
      comment: 'main.ts joins the real parts; what imports it could not be tested with others.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'not-to-tests',
      comment: 'What users run never needs tests, scripts or tools of development.',
      severity: 'error',
      from: { path: '^(src|migrations|builder)' },
      to: { path: '^(test|scripts)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-to-dev-dependency',
      comment: 'A start installs no development packages: name it in dependencies.',
      severity: 'error',
      from: { path: '^(src|migrations|builder)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'not-unresolvable',
      comment: 'The file or package does not exist, or package.json does not name it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circular',
      comment: 'Files that need each other are one file, or lack a third that both need.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js'] },
    combinedDependencies: false,
  },
};
