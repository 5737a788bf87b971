/** How the end of a log of stack.sh is read: what counts, in which order, and what never does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyStackFailure } from '../../../src/roles/stack-failure.ts';
import { EXCERPTS, echoOf, linesOf, logOf } from './stack-failures/log-text.ts';

describe('other words of the same failure', () => {
  test.each([
    ['out-of-memory', 'Killed'],
    ['out-of-memory', 'Out of memory: Killed process 812 (mysqld) total-vm:2096132kB'],
    ['out-of-memory', 'MemoryError'],
    ['name-resolution', "W: Failed to fetch http://x/InRelease  Temporary failure resolving 'deb.debian.org'"],
    ['name-resolution', 'wget: unable to resolve host address ‘github.com’'],
    ['git-ref-missing', 'fatal: Remote branch stable/2023.1 not found in upstream origin'],
    ['git-ref-missing', "error: pathspec 'stable/x' did not match any file(s) known to git"],
    ['git-ref-missing', '[ERROR] /opt/stack/devstack/functions-common:653 stable/x is neither branch nor tag'],
    ['repository-missing', "fatal: could not read Username for 'https://github.com': No such device or address"],
    ['git-connection', "fatal: unable to access 'https://opendev.org/x/': The requested URL returned error: 502"],
    ['apt-mirror-down', "Error: Failed to download metadata for repo 'appstream': Cannot prepare internal mirrorlist"],
    ['package-missing', "E: Package 'python-dev' has no installation candidate"],
    ['service-start', 'swift proxy did not start'],
    ['unit-failed', 'Failed to start openvswitch-switch.service: Unit openvswitch-switch.service not found.'],
    ['compute-identity', 'No local node identity found, but this is not our first startup on this host'],
    ['host-mapped-twice', "(1062, \"Duplicate entry 'c1' for key 'uniq_host_mappings0host'\")"],
    ['database-connections', 'ERROR 1040 (HY000): Too many connections'],
    ['no-nested-virtualization', "libvirt: error : this host doesn't support kvm"],
    ['distribution-package', 'error: Cannot uninstall blinker 1.4, RECORD file not found.'],
    [
      'local-conf-section',
      '[ERROR] /opt/stack/devstack/inc/meta-config:189 bogus config file specification $X ($X=/, / exists)',
    ],
  ])('%s: %s', (name, line) => {
    expect(classifyStackFailure(logOf('before', line, 'stack.sh failed: full log in x', 'Error on exit')).name).toBe(
      name,
    );
  });
});

describe('texts of runs that go through', () => {
  test.each([
    'Could not find role: admin',
    'ERROR: Could not find role: admin',
    '[ERROR] /opt/stack/devstack/lib/keystone:1 Could not find role: admin',
    'sudo: unable to resolve host compute-1: Temporary failure in name resolution',
    'modprobe: FATAL: Module kvm not found in directory /lib/modules/6.1.0',
    "error: 'Access denied for user 'root'@'localhost' (using password: NO)'",
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)...',
    "ERROR: pip's dependency resolver does not currently take into account all the packages that are installed.",
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'ReadTimeoutError(host='pypi.org')': /simple/pbr/",
    'WARNING: this script has not been tested on sid',
    'W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Connection timed out',
    '+------------+--------+',
  ])('mean nothing: %s', (line) => {
    expect(classifyStackFailure(logOf(line, 'a line', 'Error on exit')).name).toBe('unknown');
  });

  test('count near the end only, where they are mostly harmless', () => {
    const failure = 'Job for iscsid.service failed because the control process exited with error code.';
    const after = (count: number): string =>
      classifyStackFailure(logOf(failure, ...Array.from({ length: count }, () => 'x'), 'Error on exit')).name;
    expect(after(24)).toBe('unit-failed');
    expect(after(25)).toBe('unknown');
  });
});

describe('the reading order', () => {
  const git = '[ERROR] /opt/stack/devstack/functions-common:709 git call failed: [git clone x]';
  const blank = (count: number): readonly string[] => Array.from({ length: count }, () => 'noise');

  test('the cause nearest to the end wins', () => {
    const log = logOf(
      'E: Unable to locate package a',
      'No space left on device',
      'keystone did not start',
      'Error on exit',
    );
    expect(classifyStackFailure(log).name).toBe('service-start');
  });

  test('a cause shortly above what only reports a failure is believed first, and one far above is not', () => {
    const named = (count: number): string =>
      classifyStackFailure(logOf('error: write: No space left on device', ...blank(count), git, 'Error on exit')).name;
    expect(named(39)).toBe('disk-full');
    expect(named(40)).toBe('git');
  });

  test('what is more than 200 lines above the end is not looked at', () => {
    const named = (count: number): string =>
      classifyStackFailure(logOf('No space left on device', ...blank(count), 'Error on exit')).name;
    expect(named(199)).toBe('disk-full');
    expect(named(200)).toBe('unknown');
  });

  test('xtrace does not count as a line', () => {
    const traced = Array.from({ length: 1000 }, () => echoOf('x'));
    expect(classifyStackFailure(logOf('No space left on device', ...traced, 'Error on exit')).name).toBe('disk-full');
  });

  test('a part that ran beside others is named where its own log says nothing', () => {
    expect(classifyStackFailure(EXCERPTS.get('async') ?? '')).toMatchObject({ name: 'async' });
    const log = (EXCERPTS.get('async') ?? '').replace(
      'placement-manage: unrecognized',
      "Can't create database 'placement'; database exists",
    );
    expect(classifyStackFailure(log)).toMatchObject({ name: 'database-exists' });
  });

  test('the last run in a log counts', () => {
    const log = logOf(
      'No space left on device',
      'Error on exit',
      ...blank(210),
      'keystone did not start',
      'Error on exit',
    );
    expect(classifyStackFailure(log).name).toBe('service-start');
  });

  test('without last words the end of the log is the end', () => {
    expect(classifyStackFailure(logOf('first', 'Killed')).name).toBe('out-of-memory');
  });
});

describe('an unknown failure', () => {
  test('gives its last plain lines', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const found = classifyStackFailure(logOf(...lines, echoOf('x'), 'Could not find role: admin', 'Error on exit'));
    expect(found.sentence).toBe('a command failed; the last it printed: line 19');
    expect(found.lines).toEqual([...lines.slice(11), 'Error on exit']);
  });

  test('is none where stack.sh says that it went well: something ended it in the middle', () => {
    const log = logOf('No space left on device', 'the last line');
    expect(classifyStackFailure(log, {}, 0)).toMatchObject({
      name: 'ended-early',
      sentence: 'stack.sh ended in the middle, without an error; the last it printed: the last line',
      isRetryable: false,
    });
  });

  test('of an empty log says so', () => {
    expect(classifyStackFailure('')).toMatchObject({
      name: 'unknown',
      sentence: 'a command failed; the last it printed: nothing',
      lines: [],
    });
  });
});

describe('the lines that are shown', () => {
  const error = 'E: Unable to locate package ovn-central';
  const shown = (...lines: readonly string[]) => classifyStackFailure(logOf(...lines)).lines;

  test('end with DevStack’s last words, and begin after what went well', () => {
    expect(shown('Setting up memcached (1.6) ...', 'before', error, 'after', 'Error on exit', 'dumped')).toEqual([
      'before',
      error,
      'after',
      'Error on exit',
    ]);
  });

  test('are six before the evidence where enough follows it, and more where less does', () => {
    const before = Array.from({ length: 12 }, (_, index) => `before ${index}`);
    const after = Array.from({ length: 12 }, (_, index) => `after ${index}`);
    expect(shown(...before, error, ...after, 'Error on exit')).toEqual([
      ...before.slice(6),
      error,
      ...after.slice(0, 3),
    ]);
    expect(shown(...before, error, 'Error on exit')).toEqual([...before.slice(4), error, 'Error on exit']);
  });

  test('hold what went well, too, where only its consequence is known', () => {
    expect(
      shown('Setting up memcached (1.6) ...', '[ERROR] /opt/stack/devstack/lib/x:1 gave up', 'Error on exit'),
    ).toEqual(['Setting up memcached (1.6) ...', '[ERROR] /opt/stack/devstack/lib/x:1 gave up', 'Error on exit']);
  });
});

test('mirrors, locks and clones may do better the next time; disks, settings and images may not', () => {
  const again = (name: string): boolean => classifyStackFailure(EXCERPTS.get(name) ?? '').isRetryable;
  for (const name of [
    'apt-mirror-down',
    'apt-index-stale',
    'apt-lock',
    'git-connection',
    'git-timeout',
    'git',
    'unknown',
  ]) {
    expect(again(name), name).toBe(true);
  }
  for (const name of ['disk-full', 'out-of-memory', 'git-ref-missing', 'distro-unsupported', 'plugin-twice']) {
    expect(again(name), name).toBe(false);
  }
});

test('colours do not hide an error, and long values are cut', () => {
  const red = `\u001b[1;31m[ERROR] /opt/stack/devstack/lib/x:12 ${'y'.repeat(300)}\u001b[0m`;
  const found = classifyStackFailure(logOf(red));
  expect(found.name).toBe('die');
  expect(found.sentence).toBe(`DevStack gave up at x:12: ${'y'.repeat(36)}…${'y'.repeat(35)}`);
});

describe('any text', () => {
  const fragments = [...EXCERPTS.values()].flatMap((log) => linesOf(log));
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...fragments),
    fc.constantFrom('Error on exit', '+', ''),
  );

  test('is read without an error, into one class and at most ten lines that stand in it', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 120 }), (lines) => {
        const found = classifyStackFailure(lines.join('\n'));
        expect(found.sentence).not.toBe('');
        expect(found.lines.length).toBeLessThanOrEqual(10);
        expect(found.lines.some((each) => each.startsWith('+ '))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ':',
    'a',
    '/',
    "'",
    ' ',
    'a ',
    "host='a'",
    '[ERROR] /',
    'http://',
    '+',
    'Job for ',
    'Killed ',
    ': line 1:  ',
    'pip._vendor.',
    '\u001b[',
  ])('is read in time however often it repeats %j', (piece) => {
    const long = piece.repeat((256 * 1024) / piece.length);
    // Time of this process: others may want the machine meanwhile.
    const started = process.cpuUsage();
    classifyStackFailure(long);
    classifyStackFailure(`${long.slice(0, 1000)}\n`.repeat(250));
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(4000);
  });
});
