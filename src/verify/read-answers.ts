/** From the lines of JSON that a node prints to facts: an answer that cannot be read is unknown, with its own words as the reason. */
import { z } from 'zod';
import type { Question } from '../remote/commands/ask-cloud.ts';
import type { Agent, Cell, Chassis, CloudFacts, Known, Mapping, Provider, Start, Unit, UpgradeCheck } from './facts.ts';
import { mapKnown } from './facts.ts';

export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}
export type Answers = ReadonlyMap<string, Answer>;

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

const base64 = z.base64().transform(decode);
const answerLine = z.object({ question: z.string(), exit: z.number(), stdout: base64, stderr: base64 });

/** The JSON objects that stand on lines of their own; other lines are noise. */
export function parseJsonLines(output: string): readonly unknown[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      // A line that was cut off says nothing; whoever misses it says so.
      return [];
    }
  });
}

/** The answers of one node by their questions. */
export function parseAnswers(output: string): Answers {
  const lines = parseJsonLines(output).flatMap((line) => {
    const read = answerLine.safeParse(line);
    return read.success ? [read.data] : [];
  });
  return new Map(lines.map(({ question, ...answer }) => [question, answer]));
}

/** What a failed command says: its last words, or its exit code alone. */
function complaint({ exit, stdout, stderr }: Answer): string {
  const words = [stderr, stdout].map((text) => text.trimEnd().split('\n').at(-1)?.trim() ?? '');
  return words.find((word) => word !== '') ?? `it ended with ${exit}`;
}

function textOf(node: Known<Answers>, question: Question, codes: readonly number[] = [0]): Known<Answer> {
  if ('unknown' in node) return node;
  const answer = node.known.get(question);
  if (answer === undefined) return { unknown: `${question}: no answer came` };
  return codes.includes(answer.exit) ? { known: answer } : { unknown: `${question}: ${complaint(answer)}` };
}

/** JSON of openstackclient; what it warns of may stand before. */
function jsonOf<T>(node: Known<Answers>, question: Question, schema: z.ZodType<T>): Known<T> {
  const text = textOf(node, question);
  if ('unknown' in text) return text;
  const { stdout } = text.known;
  try {
    const read = schema.safeParse(JSON.parse(stdout.slice(Math.max(0, stdout.search(/[[{]/)))));
    return read.success
      ? { known: read.data }
      : { unknown: `${question}: not understood: ${z.prettifyError(read.error)}` };
  } catch {
    return { unknown: `${question}: no JSON: ${stdout.trim().slice(0, 80)}` };
  }
}

/**
 * Lines of `systemctl list-units --plain`: name, load, active, sub, description; some versions mark failed ones all the same. What has no
 * file and never ran is a mere name in another unit, as our overlay's names the agents that come after it.
 */
function readUnits(node: Known<Answers>): Known<readonly Unit[]> {
  return mapKnown(textOf(node, 'units'), ({ stdout }) =>
    stdout.split('\n').flatMap((line) => {
      const words = /(?:^|\s)devstack@(\S+)\.service\s+(\S+)\s+(\S+)\s+(\S+)/.exec(line);
      if (words === null) return [];
      const [, name = '', load, active = '', sub = ''] = words;
      return load === 'not-found' && active === 'inactive' ? [] : [{ name, active, sub }];
    }),
  );
}

/** Three lines: the time, systemd's word, and when nova-compute was started; that may be missing. */
function readStart(node: Known<Answers>): Known<Start> {
  const text = textOf(node, 'starts');
  if ('unknown' in text) return text;
  const [now = '', system = '', started = ''] = text.known.stdout.split('\n').map((line) => line.trim());
  if (!/^\d+$/.test(now)) return { unknown: `starts: not understood: ${text.known.stdout.trim().slice(0, 80)}` };
  return { known: { now: Number(now), system, computeStartedAt: /^\d+$/.test(started) ? Number(started) : null } };
}

/** Lines of `ip -o addr`: number, interface, family, address with its prefix. */
function readAddresses(node: Known<Answers>): Known<readonly string[]> {
  return mapKnown(textOf(node, 'addresses'), ({ stdout }) =>
    [...stdout.matchAll(/ inet6? ([0-9a-f.:]+)/g)].map(([, address = '']) => address),
  );
}

/** oslo's lines: level, logger, context in brackets, message. */
function readMessages(node: Known<Answers>): Known<readonly string[]> {
  return mapKnown(textOf(node, 'messages'), ({ stdout }) =>
    stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.replace(/ \[[^\]]*\]/, '').trim()])),
  );
}

/** Rows of the tables of nova-manage, which knows no other form; the first is the header. */
function readTable(text: string): readonly (readonly string[])[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function readCells(node: Known<Answers>): Known<readonly Cell[]> {
  return mapKnown(textOf(node, 'cells'), ({ stdout }) =>
    readTable(stdout).map(([name = '', , queue = '', database = '']) => ({ name, queue, database })),
  );
}

function readMappings(node: Known<Answers>): Known<readonly Mapping[]> {
  return mapKnown(textOf(node, 'hosts'), ({ stdout }) =>
    readTable(stdout).map(([cell = '', , host = '']) => ({ cell, host })),
  );
}

/** 1 and 2 are answers too. */
function readUpgrade(node: Known<Answers>): Known<UpgradeCheck> {
  return mapKnown(textOf(node, 'upgrade', [0, 1, 2]), ({ exit, stdout }) => ({ exit, text: stdout.trimEnd() }));
}

/** nova says UTC without saying so. */
const utcSeconds = z
  .string()
  .nullish()
  .transform((text) => {
    const ms = Date.parse(`${text ?? ''}Z`);
    return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
  });
/** Of nova's and cinder's services. */
const serviceRows = z.array(
  z
    .object({ Binary: z.string(), Host: z.string(), Status: z.string(), State: z.string(), 'Updated At': utcSeconds })
    .transform(({ Binary: binary, Host: host, Status: status, State: state, 'Updated At': updatedAt }) => ({
      binary,
      host,
      status,
      state,
      updatedAt,
    })),
);
const hypervisorRows = z.array(
  z
    .object({ 'Hypervisor Hostname': z.string(), State: z.string() })
    .transform(({ 'Hypervisor Hostname': name, State: state }) => ({ name, state })),
);
const agentRows = z.array(
  z.object({ 'Agent Type': z.string(), Binary: z.string(), Host: z.string(), Alive: z.boolean() }).transform(
    ({ 'Agent Type': type, Binary: binary, Host: host, Alive: isAlive }): Agent => ({
      binary,
      host,
      isAlive,
      isGateway: type === 'OVN Controller Gateway agent',
    }),
  ),
);
const providerRows = z.array(
  z.object({ uuid: z.string(), name: z.string(), parent_provider_uuid: z.string().nullable().default(null) }),
);
const inventoryRows = z.array(z.object({ resource_class: z.string(), total: z.number() }));

/** Lines `UUID BASE64`, the JSON of a provider's inventory in it. */
function readInventories(text: string): ReadonlyMap<string, Provider['inventory']> {
  const lines = text.split('\n').flatMap((line) => {
    const [uuid = '', encoded = ''] = line.split(' ');
    const rows = inventoryRows.safeParse(parseWhole(decode(encoded)));
    return rows.success
      ? [[uuid, Object.fromEntries(rows.data.map((row) => [row.resource_class, row.total]))] as const]
      : [];
  });
  return new Map(lines);
}

function parseWhole(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readProviders(node: Known<Answers>): Known<readonly Provider[]> {
  const inventories = mapKnown(textOf(node, 'inventories'), ({ stdout }) => readInventories(stdout));
  if ('unknown' in inventories) return inventories;
  return mapKnown(jsonOf(node, 'providers', providerRows), (rows) =>
    rows.map(({ uuid, name, parent_provider_uuid: parent }) => ({
      name,
      isRoot: parent === null || parent === '',
      inventory: inventories.known.get(uuid) ?? {},
    })),
  );
}

/** OVSDB's JSON: a table a line, by its headings. */
const ovsdbTable = z
  .object({ headings: z.array(z.string()), data: z.array(z.array(z.unknown())) })
  .transform(({ headings, data }) =>
    data.map((row) => Object.fromEntries(headings.map((heading, index) => [heading, String(row[index])]))),
  );

function readChassis(node: Known<Answers>): Known<readonly Chassis[]> {
  const text = textOf(node, 'chassis');
  if ('unknown' in text) return text;
  const [all, encaps] = parseJsonLines(text.known.stdout).map((line) => ovsdbTable.safeParse(line));
  if (all?.success !== true || encaps?.success !== true) {
    return { unknown: `chassis: not understood: ${text.known.stdout.trim().slice(0, 80)}` };
  }
  return {
    known: all.data.map(({ name = '', hostname = '' }) => ({
      name,
      hostname,
      encaps: encaps.data
        .filter((encap) => encap['chassis_name'] === name)
        .map(({ type = '', ip = '' }) => ({ type, address: ip })),
    })),
  };
}

function ofEach<T>(
  answers: ReadonlyMap<string, Known<Answers>>,
  read: (node: Known<Answers>) => T,
): ReadonlyMap<string, T> {
  return new Map([...answers].map(([node, answer]) => [node, read(answer)]));
}

/** Everything that was asked, by the nodes it was asked of; a node that did not answer has its reason. */
export function readFacts(
  answers: ReadonlyMap<string, Known<Answers>>,
  apiNode: string,
  ovnNode: string | null,
  guests: CloudFacts['guests'],
): CloudFacts {
  const nobody: Known<Answers> = { unknown: 'nobody asked' };
  const api = answers.get(apiNode) ?? nobody;
  return {
    units: ofEach(answers, readUnits),
    starts: ofEach(answers, readStart),
    addresses: ofEach(answers, readAddresses),
    messages: ofEach(answers, readMessages),
    computeServices: jsonOf(api, 'compute-services', serviceRows),
    hypervisors: jsonOf(api, 'hypervisors', hypervisorRows),
    cells: readCells(api),
    mappings: readMappings(api),
    upgrade: readUpgrade(api),
    providers: readProviders(api),
    agents: jsonOf(api, 'agents', agentRows),
    chassis: readChassis(answers.get(ovnNode ?? '') ?? nobody),
    volumeServices: jsonOf(api, 'volume-services', serviceRows),
    guests,
    tempest: { unknown: 'nobody ran it' },
  };
}
