/** From what the job that tries servers prints to facts. */
import { z } from 'zod';
import type { CloudFacts, Guest } from './facts.ts';
import { DOING, factsOf, STOPPED, encodedText as text } from './job-facts.ts';

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
  DOING,
  z.object({ fact: z.literal('swept'), names }),
  STOPPED,
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

function ofKind<K extends Fact['fact']>(all: readonly Fact[], kind: K): readonly Extract<Fact, { readonly fact: K }>[] {
  return all.filter((each): each is Extract<Fact, { readonly fact: K }> => each.fact === kind);
}

function toGuest({ up: isUp, told: isTold, full: gotFull, ...guest }: GuestLine): Guest {
  return { ...guest, isUp, isTold, gotFull };
}

/** `end`: how the job ended, in words, where it did not end well. */
export function readGuests(output: string, end: string | null): CloudFacts['guests'] {
  const all = factsOf(output, fact);
  const [stopped] = ofKind(all, 'stopped');
  const [left] = ofKind(all, 'left');
  if (stopped !== undefined) return { unknown: stopped.why };
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
