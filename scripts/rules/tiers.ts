/** Decides which tiers of tests can run on a machine, and says in a sentence why another cannot. */

/** Cheap to expensive; `devstack` runs only when it is asked for by name. */
export type Tier = 'unit' | 'wire' | 'faults' | 'hosts' | 'live' | 'devstack';

export interface Machine {
  /** `process.env`: a cloud is given as openstacksdk reads it, a wish for one tier in BUILDER_TESTS. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly hasSshd: boolean;
  /** Like `24.21.0`. */
  readonly nodeVersion: string;
}

export interface TierChoice {
  readonly tiers: readonly Tier[];
  /** One sentence for each tier left out. */
  readonly skipped: readonly string[];
}

/**
 * The tiers to run.
 *
 * @throws Error where nothing sensible can run: an old Node, an unknown tier, a tier asked for that cannot run.
 */
export function chooseTiers(machine: Machine): TierChoice {
  refuseOldNode(machine.nodeVersion);
  const missing = {
    unit: undefined,
    wire: undefined,
    faults: undefined,
    hosts: whyNoHosts(machine),
    live: whyNoCloud(machine, 'of a live cloud (test/live)'),
    devstack: whyNoCloud(machine, "of DevStack's own stack.sh (test/devstack)"),
  } satisfies Record<Tier, string | undefined>;
  const wanted = machine.environment['BUILDER_TESTS'];
  if (wanted !== undefined && wanted !== '') {
    if (!isTier(wanted, missing)) {
      throw new Error(`BUILDER_TESTS is "${wanted}"; it can be ${Object.keys(missing).join(', ')}.`);
    }
    const why = missing[wanted];
    if (why !== undefined) throw new Error(why);
    return { tiers: [wanted], skipped: [] };
  }
  const usual = ['unit', 'wire', 'faults', 'hosts', 'live'] as const;
  return {
    tiers: usual.filter((tier) => missing[tier] === undefined),
    skipped: usual.map((tier) => missing[tier]).filter((why) => why !== undefined),
  };
}

function isTier(word: string, tiers: Record<Tier, unknown>): word is Tier {
  return Object.hasOwn(tiers, word);
}

/** better-sqlite3 ends an older Node with SIGSEGV and no word, so the refusal must come before any test. */
function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return;
  throw new Error(`The tests need Node 22.18 or newer and were started with ${version}: start them with npm test.`);
}

function whyNoHosts(machine: Machine): string | undefined {
  const lacks = [...(machine.isRoot ? [] : ['root']), ...(machine.hasSshd ? [] : ['/usr/sbin/sshd (openssh-server)'])];
  if (lacks.length === 0) return undefined;
  return `The tests over a real sshd (test/hosts) need ${lacks.join(' and ')}.`;
}

function whyNoCloud(machine: Machine, which: string): string | undefined {
  if (['OS_CLOUD', 'OS_AUTH_URL'].some((name) => (machine.environment[name] ?? '') !== '')) return undefined;
  return `The tests ${which} need an OpenStack: set OS_CLOUD, or OS_AUTH_URL and its companions.`;
}
