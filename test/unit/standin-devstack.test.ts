/** The stand-in's server: settings, address, repository, and nothing left behind. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { findListenAddress, formatSettings, serveStandinDevstack } from '../standin-devstack/serve.ts';

const run = promisify(execFile);

function address(ip: string, internal = false) {
  return { address: ip, netmask: '255.255.255.0', family: 'IPv4' as const, mac: '', internal, cidr: `${ip}/24` };
}

describe('settings of a run', () => {
  test('seconds and lines are written only where they are given', () => {
    expect(formatSettings({})).toBe('');
    expect(formatSettings({ seconds: 1.5, logLines: 10 })).toBe(
      ': "${STANDIN_SECONDS:=1.5}"\n: "${STANDIN_LOG_LINES:=10}"\n',
    );
  });

  test.each([
    ['Starting Nova', ['', 'Starting Nova', '']],
    ['Starting Nova*2', ['', 'Starting Nova', '2']],
    ['compute-1:Starting Nova', ['compute-1', 'Starting Nova', '']],
    ['compute-1:Starting Nova*1', ['compute-1', 'Starting Nova', '1']],
  ])('%s names node, milestone and times', (fail, [node, milestone, times]) => {
    expect(formatSettings({ fail })).toBe(
      [`NODE:=${node}`, `MILESTONE:=${milestone}`, `TIMES:=${times}`]
        .map((rest) => `: "\${STANDIN_FAIL_${rest}}"\n`)
        .join(''),
    );
  });

  test.each([
    { fail: '' },
    { fail: 'Starting Nova*0' },
    { fail: '$(reboot)' },
    { seconds: Number.NaN },
    { seconds: -1 },
  ])('what makes no sense is refused: %j', (options) => {
    expect(() => formatSettings(options)).toThrow(RangeError);
  });
});

describe('the address to listen on', () => {
  test("a provider network's comes before a bridge's, whatever the order", () => {
    expect(findListenAddress({ br0: [address('10.0.0.1')], prov: [address('10.0.1.1')] })).toBe('10.0.1.1');
    expect(findListenAddress({ eth0: [address('192.0.2.2')], br0: [address('10.0.0.1')] })).toBe('10.0.0.1');
  });

  test('a machine with neither listens to itself alone', () => {
    expect(findListenAddress({ lo: [address('127.0.0.1', true)], eth0: [address('192.0.2.2')] })).toBe('127.0.0.1');
  });
});

describe('serving', () => {
  test('both branches stand at the commit that is told, and it is the same for the same settings', async () => {
    const [first, second] = await Promise.all([
      serveStandinDevstack({ seconds: 3, listen: '127.0.0.1' }),
      serveStandinDevstack({ seconds: 3, listen: '127.0.0.1' }),
    ]);
    const { stdout } = await run('git', ['ls-remote', first.url]);
    expect(stdout.trim().split('\n')).toEqual([
      `${first.commit}\tHEAD`,
      `${first.commit}\trefs/heads/master`,
      `${first.commit}\trefs/heads/stable/2026.1`,
    ]);
    expect(second.commit).toBe(first.commit);
    await Promise.all([first.close(), second.close()]);
    await expect(run('git', ['ls-remote', first.url])).rejects.toThrow(/Connection refused/);
  });

  test('a port that is taken is an error, not another port', async () => {
    const first = await serveStandinDevstack({ listen: '127.0.0.1' });
    const port = Number(new URL(first.url).port);
    await expect(serveStandinDevstack({ listen: '127.0.0.1', port })).rejects.toThrow(
      /does not listen on 127\.0\.0\.1/,
    );
    await first.close();
  });

  test.each(['stdin', 'SIGTERM', 'SIGKILL'] as const)(
    'the script says its URL first, and with %s its daemon ends',
    async (end) => {
      const program = new URL('../../scripts/standin-devstack', import.meta.url).pathname;
      expect(existsSync(program)).toBe(true);
      const child = spawn(program, ['--listen', '127.0.0.1'], { stdio: ['pipe', 'pipe', 'inherit'] });
      const ended = once(child, 'close');
      const url = String((await once(child.stdout, 'data'))[0]).split('\n')[0] ?? '';
      expect(url).toMatch(/^git:\/\/127\.0\.0\.1:\d+\/devstack$/);
      expect((await run('git', ['ls-remote', url])).stdout).toContain('refs/heads/stable/2026.1');
      if (end === 'stdin') {
        child.stdin.end();
      } else {
        child.kill(end);
      }
      expect((await ended)[0]).toBe(end === 'SIGKILL' ? null : 0);
      // Killed, the script cannot wait for its daemon's end.
      await vi.waitFor(() => expect(run('git', ['ls-remote', url])).rejects.toThrow(/Connection refused/), 5_000);
    },
  );
});
