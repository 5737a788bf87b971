/** The agent's language: what is sent, and what answers mean. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentLanguage, exportLines, parseAnswer, refusalOf, statusOf } from '../../../src/remote/agent-call.ts';

const settings = { root: '/var/lib/builder', graceMs: 30_000, stragglerMs: 5_000 };
const wish = { offset: 0, prefixSha256: null, waitMs: 10, until: 'exit', limit: 5 } as const;
const spec = { id: 'step-g1-a1', script: 'true\n', env: { A: 'b' }, epoch: 4, wallLimitMs: 1000, quietLimitMs: null };

describe('what is sent', () => {
  it('lets every value through sh unchanged', () => {
    const value = fc
      .string({ unit: 'binary', maxLength: 60 })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(value, (text) => {
        const script = `${exportLines({ VALUE: text })}printf %s "$VALUE"`;
        return execFileSync('/bin/sh', ['-c', script]).toString() === text;
      }),
      { numRuns: 40 },
    );
  });

  it('refuses names and values that no shell variable can have', () => {
    expect(() => exportLines({ 'A B': 'x' })).toThrow(/variable name/);
    expect(() => exportLines({ 'A=$(id)': 'x' })).toThrow(/variable name/);
    expect(() => exportLines({ A: 'x\0y' })).toThrow(/NUL/);
  });

  it('keeps secrets and scripts off the command line', () => {
    const call = new AgentLanguage(settings, 'agent', 'debian').run({ ...spec, env: { PASSWORD: 'hush-hush' } }, wish);
    expect(call.command).toMatch(
      /^sudo -n sh \/var\/lib\/builder\/agent-[0-9a-f]{16}\/agent\.sh run [A-Za-z0-9._/ -]+$/,
    );
    expect(call.command).not.toContain('hush');
    expect(call.stdin.toString()).toBe("true\nexport PASSWORD='hush-hush'\n");
  });

  it('does not use sudo as root', () => {
    expect(new AgentLanguage(settings, 'agent', 'root').tail('step-g1-a1', wish).command).toMatch(/^sh \//);
  });

  it('refuses words that a shell would read differently', () => {
    const language = new AgentLanguage(settings, 'agent', 'debian');
    expect(() => language.tail('a;id', wish)).toThrow(/not a safe word/);
    expect(() => new AgentLanguage({ ...settings, root: '/tmp/$(id)' }, 'agent', 'debian')).toThrow(/not a safe word/);
  });

  it('installs with a line that csh and fish read as sh does', () => {
    const { command } = new AgentLanguage(settings, 'agent', 'debian').install();
    const quoted = /^sudo -n sh -c '([^']*)'$/.exec(command)?.[1];
    expect(quoted).toBeDefined();
    expect(quoted).not.toMatch(/[\\!\n]/);
  });

  it('puts another version of the agent beside the old one', () => {
    const commands = ['one', 'two'].map((text) => new AgentLanguage(settings, text, 'root').tail('a', wish).command);
    expect(commands[0]).not.toBe(commands[1]);
  });
});

describe('what answers mean', () => {
  const answer = (text: string) => {
    const parsed = parseAnswer(Buffer.from(text));
    if (parsed === null) throw new Error('no answer');
    return parsed;
  };

  it('skips what a login shell prints first, and keeps the body byte for byte', () => {
    const parsed = answer('Welcome to fish\nbuilder-agent 1\nstate running\nbytes 3\n\n\n\nx');
    expect(statusOf(parsed)).toEqual({ state: 'running', logBytes: 3 });
    expect(parsed.body.toString()).toBe('\n\nx');
  });

  it('takes an answer without fields for what it is: only a body', () => {
    expect(answer('builder-agent 1\n\nbytes').body.toString()).toBe('bytes');
  });

  it('finds no answer where the agent did not speak, or was cut off in its fields', () => {
    expect(parseAnswer(Buffer.from('sh: agent.sh: not found\n'))).toBeNull();
    expect(parseAnswer(Buffer.from('builder-agent 1\nstate runn'))).toBeNull();
  });

  it('reads the record of an ended job', () => {
    const record =
      'state done\nverdict canceled\ncode -\nended x\nboot_id y\nlog_bytes 12\nlog_sha256 abc\nbytes 12\nchanged no\n\n';
    expect(statusOf(answer(`builder-agent 1\n${record}`))).toEqual({
      state: 'done',
      result: { verdict: 'canceled', code: null, logBytes: 12, logSha256: 'abc' },
    });
  });

  it('calls an answer without sense a bug', () => {
    expect(() => statusOf(answer('builder-agent 1\nstate done\nverdict happy\n\n'))).toThrow(/without sense/);
  });

  it.each([
    ['fenced', 'fenced', 'terminal'],
    ['conflict', 'job-conflict', 'terminal'],
    ['disk', 'server-disk-full', 'terminal'],
    ['short', 'ssh-lost', 'retryable'],
    ['bad-request', 'internal', 'terminal'],
  ])('turns the refusal %s into %s', (word, code, disposition) => {
    expect(refusalOf(answer(`builder-agent 1\nerror ${word}\n\n`), 'node-1')).toMatchObject({ code, disposition });
  });
});
