/** What goes wrong on the servers, rows 38 to 52. */
import type { TestContext } from 'vitest';
import type { Ended } from '../../support/run-builder.ts';
import type { BadInput } from './bad-input.ts';
import { CREATE, CREATE_SMALL, openScene } from './scene.ts';

type Provoke = BadInput['provoke'];

/** Builds the smallest cluster on a cloud with these faults; SSH is waited for only 5 s. */
function createWith(...rules: readonly string[]): Provoke {
  return async (context) => {
    const scene = openScene(context);
    return await scene.run(...CREATE_SMALL, '--ssh-timeout', '5', ...scene.faults(...rules));
  };
}

/** Nothing of what the node says reaches the terminal raw. */
async function createWithEscapes(context: TestContext): Promise<Ended> {
  const words = String.raw`[ERROR] /opt/stack/devstack/functions:1 \e]0;owned\a\e[31mred`;
  const ended = await createWith(`on: run-stack, fails_at: Starting Nova, prints: "${words}"`)(context);
  context.expect(ended.stderr).not.toContain('owned');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  context.expect(ended.stdout + ended.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  return ended;
}

export const NODE_INPUTS: readonly BadInput[] = [
  {
    row: 38,
    how: 'refused',
    says: /^error E5001 no-ssh: controller could not be reached by SSH within 5 s/,
    fix: /route to it and its security group/,
    exit: 5,
    provoke: createWith('on: connect, times: always, ssh: refused'),
  },
  {
    row: 39,
    how: 'another key answers',
    says: /^error E10002 host-key: controller shows host key SHA256:\S+, expected SHA256:/,
    fix: /^find out who answers at that address/,
    exit: 10,
    provoke: createWith('on: connect, times: always, ssh: wrong-host-key'),
  },
  {
    row: 41,
    how: 'public key rejected',
    says: /^error E5002 ssh-auth: controller refused our key for user \w+$/,
    fix: /^check the login user of the image: layout key defaults\.user$/,
    exit: 5,
    provoke: createWith('on: connect, times: always, ssh: denied'),
  },
  {
    row: 42,
    how: 'session cut before and after a command',
    says: /is ready/,
    exit: 0,
    provoke: createWith('on: session, from: 4, session: cut-before', 'on: session, from: 9, session: cut-after'),
  },
  {
    row: 43,
    how: 'at Starting Nova',
    says: /^error E5003 stack-failed: controller: stack\.sh: exit 1: DevStack gave up at \S+:1142: Starting Nova failed$/,
    fix: /the log is \S+run-stack\.1\.log; the same command again replaces this server and goes on$/,
    exit: 5,
    provoke: createWith('on: run-stack, fails_at: Starting Nova'),
  },
  {
    row: 46,
    how: 'replaced',
    says: /controller +server is replaced \(number 2\): controller: the end of stack\.sh is unknown: rebooted$/,
    exit: 0,
    provoke: createWith('on: run-stack, reboots_at: Starting Keystone'),
  },
  {
    row: 48,
    how: 'during stack.sh',
    says: /^error E5008 server-disk-full: controller: stack\.sh: exit 1: the disk of this server is full$/,
    fix: /^choose a flavor with a larger disk/,
    exit: 5,
    provoke: createWith('on: run-stack, disk: full'),
  },
  {
    row: 50,
    how: 'escape sequences',
    says: /^error E5003 stack-failed: controller: stack\.sh: exit 1: DevStack gave up at functions:1: red$/,
    exit: 5,
    provoke: createWithEscapes,
  },
  {
    row: 52,
    how: 'one compute',
    says: /^error E5011 partial: [12] of 3 nodes ready$/,
    fix: /^go on with: \.\/builder create devstack$/,
    exit: 5,
    async provoke(context) {
      const scene = openScene(context);
      return await scene.run(
        ...CREATE,
        ...scene.faults('on: run-stack, of: compute-2, fails_at: Starting Nova, times: 3'),
      );
    },
  },
];
