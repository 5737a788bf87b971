/** Moments to kill builders at, drawn from the stretches of their work; the same for a seed. */
import { randomInt } from 'node:crypto';
import { type Chance, seededChance } from '../simulation/seeded-random.ts';
import type { Told } from './told.ts';

/** A part of the work that moments are drawn from. */
interface Stretch {
  readonly name: string;
  /** Whether the work has come so far into the stretch; `share` is at least 0, less than 1. */
  isReached(told: Told, share: number): boolean;
  /** How long after that the kill comes; `chance` is at least 0, less than 1. */
  delayMs(share: number, chance: number): number;
  readonly livesFrom: 'birth' | 'first word' | 'run';
}

export interface Moment {
  readonly stretch: Stretch;
  readonly share: number;
  readonly delayMs: number;
  /** How long the life lasts at least, from its birth, its first word, or its going to work. */
  readonly lifeMs: number;
}

/** What is drawn from: about how long a stack.sh takes, rather less than more, and how many objects a cluster has. */
export interface Scale {
  readonly controllerStackMs: number;
  readonly computeStackMs: number;
  readonly objects: number;
}

/** How many kills there are in each stretch; where there are few, the first ones in this list come first. */
export type KillCounts = Readonly<Record<(typeof STRETCHES)[number], number>>;

const STRETCHES = ['controller', 'computes', 'destroying', 'preparing', 'opening'] as const;
const LONGEST_PAUSE_MS = 1_500;
/** Node, the state and the survey take about a second before the first word; what is known of the cluster half of one after it. */
const LONGEST_LIFE_MS = 1_500;
const SEEDS = 100_000;

function stretchesOf(
  { controllerStackMs, computeStackMs, objects }: Scale,
  controller: string,
): Record<keyof KillCounts, Stretch> {
  const isController = (key: string): boolean => key === `run-stack/${controller}`;
  const hasBegun = ({ begun }: Told, isOne: (key: string) => boolean): boolean =>
    [...begun].some((key) => key.startsWith('run-stack/') && isOne(key));
  const pause = (_: number, chance: number): number => chance * LONGEST_PAUSE_MS;
  return {
    opening: { name: 'as create begins', isReached: () => true, delayMs: () => 0, livesFrom: 'birth' },
    preparing: {
      name: 'while servers are made and prepared',
      isReached: (told, share) => told.prepared > share,
      delayMs: pause,
      livesFrom: 'first word',
    },
    controller: {
      name: 'inside the controller’s stack.sh',
      isReached: (told) => hasBegun(told, isController),
      delayMs: (share) => share * controllerStackMs,
      // Who dies sooner has not attached to stack.sh again.
      livesFrom: 'run',
    },
    computes: {
      name: 'inside the computes’ stack.sh',
      isReached: (told) => hasBegun(told, (key) => !isController(key)),
      delayMs: (share) => share * computeStackMs,
      livesFrom: 'run',
    },
    destroying: {
      name: 'while the cluster is removed',
      isReached: ({ removed }, share) => removed.size > Math.floor(share * objects),
      delayMs: pause,
      livesFrom: 'first word',
    },
  };
}

/** Moments of a stretch, spread over it, in order. */
function drawMoments(stretch: Stretch, count: number, chance: Chance): readonly Moment[] {
  return Array.from({ length: count }, (_, index) => {
    const share = (index + chance()) / count;
    const delayMs = stretch.delayMs(share, chance());
    return { stretch, share, delayMs, lifeMs: chance() * LONGEST_LIFE_MS };
  });
}

/** The moments of `create` and `destroy`, each in the order of the work; `controller`: the node whose API the others wait for. */
export function drawKills(
  counts: KillCounts,
  scale: Scale,
  chance: Chance,
  controller = 'controller',
): { readonly create: readonly Moment[]; readonly destroy: readonly Moment[] } {
  const stretches = stretchesOf(scale, controller);
  const draw = (name: keyof KillCounts): readonly Moment[] => drawMoments(stretches[name], counts[name], chance);
  return {
    create: [...draw('opening'), ...draw('preparing'), ...draw('controller'), ...draw('computes')],
    destroy: draw('destroying'),
  };
}

/** So many kills, dealt out to the stretches in turn. */
export function dealKills(kills: number): KillCounts {
  const counts = STRETCHES.map((name, turn) => [name, Math.ceil(Math.max(0, kills - turn) / STRETCHES.length)]);
  return Object.fromEntries(counts) as KillCounts;
}

/** The seed of BUILDER_TEST_SEED, else one of our own; to be printed, so that what it draws can be drawn again. */
export function openChance(): { readonly seed: number; readonly chance: Chance } {
  const given = process.env['BUILDER_TEST_SEED'] ?? '';
  const seed = given === '' ? randomInt(SEEDS) : Number(given);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`BUILDER_TEST_SEED is "${given}", not a whole number`);
  return { seed, chance: seededChance(seed) };
}
