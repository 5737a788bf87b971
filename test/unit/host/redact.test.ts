/** The redactor: no secret gets through, however the stream is split, and a resumed stream continues exactly. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/host/redact.ts';

const password = 'Ab3dE6gH9jK2mN5pQ8sT';
const awkward = 'pa ss\'w"ö+rd/$x';
const key =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5v\nQyNTUxOQAAACBf0l2kq\n-----END OPENSSH PRIVATE KEY-----\n';
const secrets = new Map([
  ['admin_password', password],
  ['awkward', awkward],
  ['ssh_key', key],
]);
const redactor = createRedactor(secrets);

function stream(chunks: readonly Uint8Array[]): Buffer {
  const open = redactor.stream();
  return Buffer.concat([...chunks.map((chunk) => open.push(chunk)), open.end()]);
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

/** Texts full of secrets, halves of secrets, and the shapes patterns look for. */
const piece = fc.oneof(
  fc.constantFrom(
    password,
    awkward,
    key,
    'password',
    'PASSWORD=',
    'X-Auth-Token: ',
    '"passwd": "',
    '://u:',
    '@h/',
    ' -uroot',
    ' -p',
    '\n',
    ' ',
  ),
  fc.constantFrom(password, awkward, key).chain((value) => fc.nat(value.length).map((end) => value.slice(0, end))),
  fc.string({ maxLength: 6 }),
  fc.constant('v'.repeat(64)),
);
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => Buffer.from(pieces.join('')));

describe('redactor', () => {
  test('shows the name of a secret in place of its value', () => {
    expect(redactor.text(`login ${password}, ok`)).toBe('login ‹admin_password›, ok');
  });

  test('leaves a text without secrets as it is', () => {
    expect(redactor.text('Installing päckages\n')).toBe('Installing päckages\n');
  });

  test.each([
    ['base64', Buffer.from(password).toString('base64').replace(/=+$/, '')],
    ['base64 one byte later', Buffer.from(`:${password}`).toString('base64')],
    ['base64 two bytes later', Buffer.from(`u:${password}`).toString('base64')],
    ['URL', encodeURIComponent(awkward)],
    ['JSON', JSON.stringify(awkward)],
    ['shell quotes', `'${awkward.replaceAll("'", `'\\''`)}'`],
    ['MySQL hex', `0x${Buffer.from(password).toString('hex').toUpperCase()}`],
    ['one line of a key', 'IdentityLine  b3BlbnNzaC1rZXktdjEAAAAABG5v'],
  ])('hides a secret written in %s', (_, written) => {
    const shown = redactor.text(`x ${written} y`);
    expect(shown).toMatch(/‹(admin_password|awkward|ssh_key)›/);
    expect(shown.length).toBeLessThan(`x ${written} y`.length + 18);
    expect(shown).not.toContain(written.slice(6, -6));
  });

  test.each([
    ['X-Auth-Token: gAAAAABm', 'X-Auth-Token: ‹redacted›'],
    ['curl -H "x-subject-token: abc" /', 'curl -H "x-subject-token: ‹redacted›" /'],
    ['export OS_PASSWORD=hunter2; ls', 'export OS_PASSWORD=‹redacted›; ls'],
    ['{\\"password\\": \\"hunter2\\"}', '{\\"password\\": \\"‹redacted›\\"}'],
    ['mysql -uroot -phunter2 -h127.0.0.1', 'mysql -uroot -p‹redacted› -h127.0.0.1'],
    ['mysql -u root -phunter2 nova', 'mysql -u root -p‹redacted› nova'],
    ['mysql+pymysql://root:hunter2@127.0.0.1/nova', 'mysql+pymysql://root:‹redacted›@127.0.0.1/nova'],
    [`ADMIN_PASSWORD=${password}\n`, 'ADMIN_PASSWORD=‹admin_password›\n'],
    ['http://10.0.0.1:80/v3 password for user', 'http://10.0.0.1:80/v3 password for user'],
  ])('treats what looks like a password: %s', (written, shown) => {
    expect(redactor.text(written)).toBe(shown);
  });

  test('hides every byte of two secrets that overlap', () => {
    const overlapping = createRedactor(
      new Map([
        ['one', 'abcdefgh'],
        ['two', 'fghijklm'],
      ]),
    );
    expect(overlapping.text('>abcdefghijklm<')).toBe('>‹one›<');
  });

  test('gives out a line at once when nothing in its tail can begin a secret', () => {
    const open = redactor.stream();
    open.push(Buffer.from('2026-01-01 | Installing\n'));
    expect(open.heldBytes).toBe(0);
  });

  test('gives the same output however the stream is split', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        expect(stream(split(bytes, cuts)).toString('latin1')).toBe(stream([bytes]).toString('latin1'));
      }),
      { numRuns: 1000 },
    );
  });

  test('gives the same output when every byte comes alone', () => {
    fc.assert(
      fc.property(text, (bytes) => {
        expect(stream([...bytes].map((byte) => Uint8Array.of(byte))).equals(stream([bytes]))).toBe(true);
      }),
    );
  });

  test('never lets a secret through', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        const shown = stream(split(bytes, cuts)).toString();
        for (const value of secrets.values()) expect(shown).not.toContain(value);
      }),
      { numRuns: 1000 },
    );
  });

  test('continues exactly when resumed with a fresh stream at the first byte held back', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (bytes, first, second) => {
        const [early = 0, late = 0] = [first, second]
          .map((cut) => cut % (bytes.length + 1))
          .sort((left, right) => left - right);
        const crashed = redactor.stream();
        const kept = [crashed.push(bytes.subarray(0, early)), crashed.push(bytes.subarray(early, late))];
        const offset = late - crashed.heldBytes;
        const resumed = stream([bytes.subarray(offset)]);
        expect(Buffer.concat([...kept, resumed]).equals(stream([bytes]))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('does not hold a stream of one letter back for ever', () => {
    const open = createRedactor(new Map([['letters', 'aaaaaaaa']])).stream();
    open.push(Buffer.alloc(1_000_000, 'a'));
    expect(open.heldBytes).toBeLessThanOrEqual(65536 + 8);
  });
});
