/** Which command lines a rehearsed server understands. */
import { describe, expect, it } from 'vitest';
import { answerInstall, readCommand } from '../../../../src/rehearsal/node/command.ts';
import { AgentLanguage } from '../../../../src/remote/agent-call.ts';
import { GLANCE, LANGUAGE } from './rehearsed-node.ts';

describe('the command lines of a rehearsed server', () => {
  it('is ready when the agent came whole', () => {
    const { command, stdin } = LANGUAGE.install();
    const install = readCommand(command);
    if (install.kind !== 'install') throw new Error('not recognised');
    expect(answerInstall(install, stdin).toString()).toBe('builder-agent-ready\n');
  });

  it('is not ready when the agent came torn or changed', () => {
    const { command, stdin } = LANGUAGE.install();
    const install = readCommand(command);
    if (install.kind !== 'install') throw new Error('not recognised');
    expect(answerInstall(install, stdin.subarray(1))).toHaveLength(0);
    expect(answerInstall(install, Buffer.alloc(stdin.length))).toHaveLength(0);
  });

  it.each(['debian', 'root'])('knows a call of the agent by the user %s', (user) => {
    const settings = { root: '/var/lib/builder', graceMs: 1, stragglerMs: 1 };
    const { command } = new AgentLanguage(settings, 'text', user).tail('a-g1-a1', GLANCE);
    expect(readCommand(command)).toEqual({
      kind: 'agent',
      verb: 'tail',
      root: '/var/lib/builder',
      words: ['a-g1-a1', '0', '-', '0', 'exit', '4000000'],
    });
  });

  it.each(['', 'ls', 'sh -c "id"', 'sudo -n sh /tmp/agent.sh tail /tmp', "sh -c 'echo builder-agent-ready'"])(
    'takes %j for foreign',
    (command) => {
      expect(readCommand(command)).toEqual({ kind: 'foreign' });
    },
  );
});
