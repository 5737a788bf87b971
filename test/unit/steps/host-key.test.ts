/** The rotation of a host key: what is accepted at each moment of it, and what happens in which order. */
import { describe, expect, test } from 'vitest';
import type { JsonObject, StepContext } from '../../../src/engine/step.ts';
import { makeKeyPair } from '../../../src/host/key-pair.ts';
import { publicKeyOf } from '../../../src/remote/public-key.ts';
import { installHostKey, makeHostKey } from '../../../src/steps/host-key.ts';
import { acceptedHostKeys, nodeOf } from '../../../src/steps/node-access.ts';
import { hostKeyName, type StepPorts } from '../../../src/steps/ports.ts';

const ACCESS = { node: 'compute-1', user: 'debian', access: 'fixed' } as const;
const BORN = makeKeyPair('compute-1.lab').privateKey;
const INJECTED = publicKeyOf(BORN);
const OWN = publicKeyOf(makeKeyPair('own').privateKey);
const MADE = { 'make-host-key/compute-1': { hostKey: OWN } };
const INSTALLED = { ...MADE, 'install-host-key/compute-1': {} };

describe('accepted is', () => {
  test.each<[string, Readonly<Record<string, JsonObject>>, string, readonly string[]]>([
    ['the injected key before another was made', {}, INJECTED, [INJECTED]],
    [
      'both, once the new one is recorded: a crash may fall before or after its install',
      MADE,
      INJECTED,
      [INJECTED, OWN],
    ],
    ['the new one, once it was shown and its public half is in the vault', MADE, OWN, [OWN]],
    ['the new one only, when it is installed', INSTALLED, OWN, [OWN]],
    ['nothing dead, should an old vault be put back', INSTALLED, INJECTED, [OWN]],
    ['what the vault has, where the journal was lost', {}, OWN, [OWN]],
    ['nothing of another node', { 'make-host-key/controller': { hostKey: OWN } }, INJECTED, [INJECTED]],
  ])('%s', (_when, outputs, kept, expected) => {
    expect(acceptedHostKeys((key) => outputs[key] ?? null, 'compute-1', kept)).toEqual(expected);
  });
});

/** A step's context that notes what happens, in order. */
function openContext(outputs: Readonly<Record<string, JsonObject>>, printed = '') {
  const secrets = new Map([[hostKeyName('compute-1', 1), BORN]]);
  const events: string[] = [];
  const names = new Map([
    [INJECTED, 'injected'],
    [OWN, 'own'],
  ]);
  const context = {
    generation: 1,
    attempt: 1,
    epoch: 1,
    signal: new AbortController().signal,
    outputOf: (key: string) => (key.startsWith('create-port/') ? { address: '10.0.0.5' } : outputs[key]),
    findOutput: (key: string) => outputs[key] ?? null,
    ports: {
      keys: { publicOf: publicKeyOf },
      secrets: {
        get(name: string) {
          const secret = secrets.get(name);
          if (secret === undefined) throw new Error(`no ${name}`);
          return secret;
        },
        async retire(name: string, publicHalf: string) {
          secrets.set(name, publicHalf);
          events.push('retire');
        },
      },
      saveSshFiles: async () => void events.push('save files'),
      node: (_name: string, hostKeys: readonly string[]) => {
        const accepts = hostKeys.map((key) => names.get(key) ?? key).join(' or ');
        return {
          waitReachable: async () => void events.push(`connect: ${accepts}`),
          async runShortJob({ env }: { readonly env: Readonly<Record<string, string>> }) {
            events.push(`run: ${accepts}`, ...Object.values(env).map((value) => names.get(value) ?? value));
            return { verdict: 'exited', code: 0, output: printed };
          },
        };
      },
      openLog: async () => ({
        restart: async () => undefined,
        append: async () => undefined,
        end: async () => undefined,
        close: async () => undefined,
      }),
    },
  } as unknown as StepContext<StepPorts>;
  return { context, events, secrets };
}

test('the new key is what the server printed, and nothing else is taken for one', async () => {
  const { context, events } = openContext({}, `noise\nhost_key=${OWN}\n`);
  expect(await makeHostKey.perform(context, ACCESS)).toEqual({ hostKey: OWN });
  expect(events).toEqual(['run: injected']);
  for (const printed of ['', 'host_key=\n', 'host_key=ssh-rsa AAAA\n', 'host_key=ssh-ed25519 AAAA x,y evil\n']) {
    await expect(makeHostKey.perform(openContext({}, printed).context, ACCESS)).rejects.toMatchObject({
      code: 'job-failed',
    });
  }
});

test('people’s files know both keys first; the injected one is retired when a new connection has shown the other', async () => {
  const { context, events, secrets } = openContext(MADE);
  expect(await installHostKey.perform(context, ACCESS)).toEqual({});
  expect(events).toEqual(['save files', 'run: injected or own', 'own', 'connect: own', 'retire']);
  expect([...secrets.values()]).toEqual([OWN]);
});

test('cut between retiring and the record, it is done again with the new key alone', async () => {
  const { context, events, secrets } = openContext(MADE);
  secrets.set(hostKeyName('compute-1', 1), OWN);
  await installHostKey.perform(context, ACCESS);
  expect(events).toEqual(['save files', 'run: own', 'own', 'connect: own', 'retire']);
});

test('a vault that has lost the only key says so, and nobody is asked', () => {
  const { context, events, secrets } = openContext({});
  secrets.clear();
  expect(() => nodeOf(context, ACCESS)).toThrow('no host_key:compute-1:g1');
  expect(events).toEqual([]);
});
