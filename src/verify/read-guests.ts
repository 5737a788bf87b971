/** From what the job that tries servers prints to facts. */
import { z } from 'zod';
import type { CloudFacts, Guest } from './facts.ts';
import { parseJsonLines } from './read-answers.ts';

const text = z.base64().transform((encoded) => Buffer.from(encoded, 'base64').toString('utf8'));

const serverShow = z.object({
  status: z.string(),
  'OS-EXT-SRV-ATTR:host': z.string().nullable().default(null),
  fault: z.unknown().optional(),
});

/** nova's fault is an object in some versions of the client, and text in others. */
function faultText(fault: unknown): string | null {
  if (fault === undefined || fault === null || fault === '') return null;
  const message = z.object({ message: z.string() }).safeParse(fault);
  return message.success ? message.data.message : typeof fault === 'string' ? fault : JSON.stringify(fault);
}

/** `openstack server show -f json`; empty where there is no server. */
const server = text.transform((shown): Guest['server'] => {
  if (shown.trim() === '') return null;
  try {
    const { status, fault, ...rest } = serverShow.parse(JSON.parse(shown.slice(shown.indexOf('{'))));
    return { status, host: rest['OS-EXT-SRV-ATTR:host'] ?? '', fault: faultText(fault) };
  } catch {
    // Half a document says no more than none.
    return null;
  }
});

const names = z.array(z.string());
const fact = z.discriminatedUnion('fact', [
  z.object({ fact: z.literal('doing'), what: z.string() }),
  z.object({ fact: z.literal('swept'), names }),
  z.object({ fact: z.literal('stopped'), why: text }),
  z.object({
    fact: z.literal('guest'),
    host: z.string(),
    address: z.string(),
    port: z.string(),
    up: z.boolean(),
    told: z.boolean(),
    mtu: z.number().nullable(),
    pinged: names,
    full: names,
    server,
    console: text,
    error: text,
  }),
  z.object({ fact: z.literal('migrated'), from: z.string(), to: z.string(), exit: z.number(), server, error: text }),
  z.object({ fact: z.literal('network'), mtu: z.number().nullable() }),
  z.object({
    fact: z.literal('floating-ip'),
    host: z.string(),
    address: z.string(),
    answered: z.boolean(),
    error: text,
  }),
  z.object({ fact: z.literal('volume'), status: z.string(), error: text }),
  z.object({ fact: z.literal('left'), names, error: text }),
]);

type Fact = z.infer<typeof fact>;
type GuestLine = Extract<Fact, { readonly fact: 'guest' }>;

function readFactsOf(output: string): readonly Fact[] {
  return parseJsonLines(output).flatMap((line) => {
    const read = fact.safeParse(line);
    return read.success ? [read.data] : [];
  });
}

function ofKind<K extends Fact['fact']>(all: readonly Fact[], kind: K): readonly Extract<Fact, { readonly fact: K }>[] {
  return all.filter((each): each is Extract<Fact, { readonly fact: K }> => each.fact === kind);
}

function toGuest({ up: isUp, told: isTold, full: gotFull, ...guest }: GuestLine): Guest {
  return { ...guest, isUp, isTold, gotFull };
}

/** What a line says is being done now; null for other lines. */
export function readDoing(line: string): string | null {
  return ofKind(readFactsOf(line), 'doing')[0]?.what ?? null;
}

/** `end`: how the job ended, in words, where it did not end well. */
export function readGuests(output: string, end: string | null): CloudFacts['guests'] {
  const all = readFactsOf(output);
  const [stopped] = ofKind(all, 'stopped');
  const [left] = ofKind(all, 'left');
  if (stopped !== undefined) return { unknown: stopped.why.trim().split('\n').at(-1) ?? '' };
  if (left === undefined) return { unknown: `trying servers did not come to its end: ${end ?? 'it says nothing'}` };
  const [migrated] = ofKind(all, 'migrated');
  const [floating] = ofKind(all, 'floating-ip');
  const [volume] = ofKind(all, 'volume');
  return {
    known: {
      swept: ofKind(all, 'swept').flatMap((each) => each.names),
      guests: ofKind(all, 'guest').map(toGuest),
      networkMtu: ofKind(all, 'network')[0]?.mtu ?? null,
      floatingIp: floating ?? null,
      volume: volume ?? null,
      migration: migrated ?? null,
      left: left.names,
    },
  };
}
