/** `create`: plan, save, build, resume. */
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { z } from 'zod';
import type { VerifyOutcome } from '../cluster/check-cloud.ts';
import type { CreateOutcome, CreateWishes } from '../cluster/create.ts';
import { BuilderError } from '../errors.ts';
import type { Command, Io } from './command.ts';
import { confirm } from './confirm.ts';
import { addLayoutOptions, layoutFields, overridesOf } from './layout-options.ts';
import { parseOptions } from './parse-options.ts';
import { addRehearsalOptions } from './rehearsal-options.ts';
import {
  addFormatOption,
  addProgressOption,
  addSharedOptions,
  parseSharedOptions,
  type SharedValues,
} from './shared-options.ts';
import { addSshProxyOption, parseSshProxy } from './ssh-proxy-option.ts';

const CLUSTER_NAME = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;

const options = z.object({
  cluster: z.string().optional(),
  ...layoutFields,
  maxWorkers: z.number().int().min(1).max(256).default(32),
  newLayout: z.boolean().default(false),
  applyLayout: z.boolean().default(false),
  deleteGuests: z.boolean().default(false),
  yes: z.boolean().default(false),
  keyName: z.string().min(1).optional(),
  scratchDir: z.string().min(1).optional(),
  templates: z.string().min(1).optional(),
  extras: z.string().min(1).optional(),
  patches: z.string().min(1).optional(),
  repos: z.string().min(1).optional(),
  layout: z.string().min(1).optional(),
  lock: z.string().min(1).optional(),
  onFailure: z.enum(['stop', 'continue', 'replace']).default('continue'),
  sshTimeout: z.number().int().min(5).max(3600).default(600),
  settle: z.number().int().min(1).max(3600).default(120),
  overlap: z.boolean().default(true),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  verify: z.boolean().default(true),
});
type Options = z.infer<typeof options>;

function addCreateOptions(y: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return addFormatOption(
    addProgressOption(addRehearsalOptions(addSharedOptions(addSshProxyOption(addLayoutOptions(y))))),
  )
    .positional('cluster', { type: 'string', describe: 'name of the cluster [devstack]' })
    .option('layout', { ...text, alias: 'l', describe: 'a shipped layout or a file [multinode]' })
    .option('lock', { ...text, describe: 'commits.lock of a cluster: build from the same commits' })
    .option('new-layout', {
      type: 'boolean',
      alias: 'n',
      describe: 'forget a stored layout that has made nothing yet',
    })
    .option('apply-layout', {
      type: 'boolean',
      describe: 'let an edited layout file change the number of computes of a cluster that exists',
    })
    .option('delete-guests', {
      type: 'boolean',
      describe: 'servers on a hypervisor that is removed: delete those that cannot move',
    })
    .option('yes', { type: 'boolean', alias: 'y', describe: 'do not ask before hypervisors are removed' })
    .option('key-name', { ...text, alias: 'k', describe: 'an existing keypair, beside the builder’s own key' })
    .option('max-workers', { type: 'number', requiresArg: true, describe: 'nodes worked on at once [32]' })
    .option('on-failure', {
      choices: ['stop', 'continue', 'replace'] as const,
      describe: 'what a failed node means [continue]',
    })
    .option('patches', { ...text, describe: 'folder of patches, git am on the pinned commit' })
    .option('extras', { ...text, alias: 'e', describe: 'folder of a DevStack plugin of yours' })
    .option('templates', {
      ...text,
      alias: 't',
      describe: 'folder with controller.conf, compute.conf: laid after local.conf',
    })
    .option('repos', { ...text, describe: 'folder of apt or yum source files, used instead of the image’s' })
    .option('scratch-dir', { ...text, alias: 's', describe: 'folder for logs and copies of local.conf' })
    .option('ssh-timeout', {
      type: 'number',
      requiresArg: true,
      describe: 'seconds a server may take to answer on SSH [600]',
    })
    .option('settle', { type: 'number', requiresArg: true, describe: 'seconds a lost create may still show up [120]' })
    .option('overlap', {
      type: 'boolean',
      default: true,
      describe: 'begin stack.sh on nodes beside those they wait for; not so with --no-overlap',
    })
    .option('force', { type: 'boolean', describe: 'accept flavors and distributions that are too small or unknown' })
    .option('dry-run', { type: 'boolean', describe: 'print the plan and touch nothing' })
    .option('verify', {
      type: 'boolean',
      describe: 'run the checks of the layout at the end [yes]; --no-verify for the impatient',
    });
}

function toWishes(values: Options, cwd: string): CreateWishes {
  const folder = (path: string | undefined): string | null => (path === undefined ? null : resolve(cwd, path));
  const clusterName = values.cluster ?? 'devstack';
  if (!CLUSTER_NAME.test(clusterName)) {
    throw new BuilderError('bad-name', `${JSON.stringify(clusterName.slice(0, 80))} cannot name a cluster`, {
      at: 'CLUSTER',
      state: 'nothing was created',
      fix: 'letters, digits and "-", at most 20, beginning with a letter',
    });
  }
  return {
    clusterName,
    layout: values.layout ?? null,
    overrides: overridesOf(values),
    lock: folder(values.lock),
    keyName: values.keyName ?? null,
    isForced: values.force,
    uploads: {
      patches: folder(values.patches),
      repositories: folder(values.repos),
      extras: folder(values.extras),
      templates: folder(values.templates),
    },
    isOverlapped: values.overlap,
    settleMs: values.settle * 1000,
    sshTimeoutMs: values.sshTimeout * 1000,
    scratch: folder(values.scratchDir),
    isNewLayout: values.newLayout,
    isApplying: values.applyLayout,
    isDeletingGuests: values.deleteGuests,
    maxWorkers: values.maxWorkers,
    onFailure: values.onFailure,
    isVerified: values.verify,
  };
}

/** The report: a person's on stderr, a program's on stdout. */
async function tellOutcome(outcome: CreateOutcome, { format }: SharedValues, io: Io): Promise<void> {
  const [{ describeResult }, { renderReport }, { renderData }] = await Promise.all([
    import('../cluster/report.ts'),
    import('../progress/report.ts'),
    import('../progress/table.ts'),
  ]);
  const { cluster, steps, paths, verification } = outcome;
  const facts = describeResult(cluster, steps, paths, false, verification);
  if (format === 'table') {
    io.stderr(renderReport(facts));
    return;
  }
  const rows = facts.nodes.map(({ name, state, address, floatingAddress }) =>
    [name, state, address, floatingAddress].map((cell) => cell ?? '-'),
  );
  io.stdout(await renderData(format, { data: facts, rows, table: () => '' }));
}

/** The results of the checks, below the report; the exit code says whether any failed. */
async function tellVerification(verification: VerifyOutcome, { debug }: SharedValues, io: Io): Promise<number> {
  const [{ verifyFailure }, { renderResults }, { renderError }] = await Promise.all([
    import('../cluster/check-cloud.ts'),
    import('../progress/verify-text.ts'),
    import('../progress/error-text.ts'),
  ]);
  io.stderr(`\n${renderResults(verification)}`);
  const failure = verifyFailure(
    verification,
    'the cluster is ready, and what is built stays',
    `the table says of each what was seen, and what mends it; then ask again: ./builder verify ${verification.cluster}`,
  );
  if (failure === null) return 0;
  io.stderr(renderError(failure, { debug }));
  return failure.exitCode;
}

export const create: Command = {
  name: 'create',
  usage: 'create [cluster]',
  summary: 'build a cluster, or go on building it',
  options: addCreateOptions,
  async run(args, io: Io) {
    const shared = parseSharedOptions(args, io);
    const sshProxy = parseSshProxy(args, io);
    const values = parseOptions(options, args);
    const wishes = toWishes(values, io.cwd);
    const { openWork } = await import('./work.ts');
    const { parts, renderer } = await openWork(shared, io, process.argv.slice(2), sshProxy);
    try {
      if (values.dryRun) {
        const [{ draftCluster }, { renderDraft }] = await Promise.all([
          import('../cluster/dry-run.ts'),
          import('../progress/plan-text.ts'),
        ]);
        const draft = await draftCluster(wishes, parts);
        renderer.close();
        io.stdout(await renderDraft(shared.format, draft));
        return 0;
      }
      const { createCluster } = await import('../cluster/create.ts');
      const outcome = await createCluster(wishes, parts, (name, nodes) =>
        // Who wrote it into a script has asked for it.
        confirm(`This removes ${nodes.join(', ')} from ${name}.`, name, values.yes || !io.isTty.stdin, io),
      );
      renderer.close();
      await tellOutcome(outcome, shared, io);
      return outcome.verification === null
        ? outcome.exitCode
        : await tellVerification(outcome.verification, shared, io);
    } finally {
      renderer.close();
    }
  },
};
