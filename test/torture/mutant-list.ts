/** The seeded mutants of T13: one promise taken out of the code each, and the harness that must notice. */

export interface Patch {
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

/** Tests of one file, or those of it whose names contain `only`. */
export interface Harness {
  readonly tier: 'unit' | 'hosts';
  readonly file: string;
  readonly only?: string;
}

export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly harness: Harness;
}

function unit(file: string, only?: string): Harness {
  return { tier: 'unit', file: `test/${file}.test.ts`, ...(only !== undefined && { only }) };
}

const CREATING = unit('unit/steps/observe-creation');
const ATTEMPTS = unit('unit/engine/attempts');
const WRITING = unit('unit/journal/writer');
const EMPTYING = unit('unit/cluster/empty-cloud');
const POWER_CUTS = unit('simulation/power-cuts', 'leaves every acknowledged commit');
const SUPERVISOR: Harness = { tier: 'hosts', file: 'test/hosts/lost-supervisor.test.ts' };
const HOST_KEYS: Harness = { tier: 'hosts', file: 'test/hosts/ssh-remote.test.ts', only: 'refuses another host key' };

function mutant(name: string, harness: Harness, file: string, from: string, to: string): Mutant {
  return { name, harness, patches: [{ file, from, to }] };
}

const CREATION = 'src/steps/observe-creation.ts';
const STEP = 'src/engine/run-step.ts';
const EMPTY = 'src/cluster/empty-cloud.ts';
const SWEEPER = 'src/cluster/sweeper.ts';
const LISTED = 'ownedBy(survey, owner.id, owner.scope.projectId)';

export const MUTANTS: readonly Mutant[] = [
  mutant('no adoption', CREATING, CREATION, "if (output !== null) return { state: 'found', output };", ''),
  mutant('adopt by name only', CREATING, CREATION, 'mark.nonce === context.nonce', 'true'),
  // An effect has no outcome before it is known to be there: the nearest is one that is taken for failed while it is not.
  mutant('outcome before effect', ATTEMPTS, STEP, "'in-doubt') {", "'in-doubt' && this.isRepeatable) {"),
  {
    name: 'intent after send',
    harness: POWER_CUTS,
    patches: [
      {
        file: 'src/journal/writer.ts',
        from: "this.database.execute('BEGIN IMMEDIATE');",
        to: "if (!this.database.isInTransaction) this.database.execute('BEGIN IMMEDIATE');",
      },
      {
        file: 'src/journal/writer.ts',
        from: "this.database.execute('COMMIT');",
        to: "if (this.commits % 2 === 1) this.database.execute('COMMIT');",
      },
    ],
  },
  mutant(
    'retry on 503',
    unit('unit/cloud/openstack/errors'),
    'src/cloud/openstack/errors.ts',
    'isRepeatable: !asked.isWrite, waitMs,',
    'isRepeatable: true, waitMs,',
  ),
  mutant('404-on-list means gone', EMPTYING, SWEEPER, '({ id }) => !shown.has(id) && ', '({ id }) => id === null && '),
  {
    name: 'WAL NORMAL',
    harness: POWER_CUTS,
    patches: [
      { file: 'src/journal/durability.ts', from: "'synchronous = FULL'", to: "'synchronous = NORMAL'" },
      { file: 'src/journal/durability.ts', from: "pragma('synchronous') === 2", to: "pragma('synchronous') === 1" },
    ],
  },
  mutant(
    'started unchecked',
    SUPERVISOR,
    'src/remote/agent/supervisor.sh',
    'if [ ! -f started ]; then',
    'if true; then',
  ),
  mutant(
    'pid without start time',
    SUPERVISOR,
    'src/remote/agent/supervisor.sh',
    '[ "$1" != Z ] && [ "${20}" = "$born" ]',
    '[ "$1" != Z ]',
  ),
  mutant('no epoch check', WRITING, 'src/journal/writer.ts', 'ruling === this.epoch', 'ruling >= 0'),
  // We never look for idle floating IPs; the nearest is to take any of the cluster's for our own.
  mutant(
    'reuse idle FIP',
    CREATING,
    'src/steps/create-floating-ip.ts',
    'isOfAttempt(context, candidate.mark)',
    'candidate.mark?.cluster === context.ports.cluster.id',
  ),
  mutant(
    'hostVerifier always true',
    HOST_KEYS,
    'src/remote/ssh-connection.ts',
    'return accepted.has(shown);',
    'return true;',
  ),
  mutant('log offset before fsync', POWER_CUTS, 'src/host/job-log-file.ts', 'await file.datasync();', ''),
  mutant('single sweep in destroy', EMPTYING, EMPTY, 'isEmpty && isSettled && emptyAt !== null &&', 'isEmpty || 0 >'),
  mutant(
    'filter not re-applied',
    unit('unit/cloud/openstack/nova'),
    'src/cloud/openstack/nova-servers.ts',
    'project === this.projectId',
    "project !== ''",
  ),
  mutant(
    'DELETE 204 means gone',
    EMPTYING,
    SWEEPER,
    LISTED,
    `${LISTED}.filter(({ id }) => this.sent.get(id)?.isAccepted !== true)`,
  ),
  mutant(
    'fsync retried',
    WRITING,
    'src/journal/writer.ts',
    "FINAL: readonly string[] = ['io', ",
    'FINAL: readonly string[] = [',
  ),
];
