/** The byte sequences by which a secret may show itself: its value and every encoding the builder's logs can hold. */

/** One sequence to hide, and the name shown in its place. */
export interface SecretWord {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Anything shorter would hide half of every log; the vault's values are far longer. */
const MIN_BYTES = 4;

/** The characters of base64 text that depend on the value alone, wherever it stands inside a longer encoded text. */
function base64Cores(value: Buffer): string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), value]).toString('base64');
    return encoded.slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + value.length)) / 6));
  });
}

function escapeNonAscii(text: string): string {
  return text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function encodingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const cores = base64Cores(bytes).filter((core) => core.length >= 2 * MIN_BYTES);
  return [
    value,
    ...cores,
    ...cores.map((core) => core.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    // The encoder refuses lone surrogates, so it gets the value as UTF-8 keeps it.
    encodeURIComponent(bytes.toString()),
    encodeURIComponent(bytes.toString()).replaceAll('%20', '+'),
    json,
    escapeNonAscii(json),
    value.replaceAll("'", `'\\''`),
    value.replaceAll(/[\\"$`]/g, '\\$&'),
  ];
}

/** The lines of a key file, which logs may indent or wrap; its dashed frame is no secret. */
function linesOf(value: string): string[] {
  const lines = value.split('\n').map((line) => line.trim());
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= 16 && !line.startsWith('-----'));
}

/** Every word to hide for these secrets (name → value), each once, longest first. Values under 4 bytes are left out. */
export function listSecretWords(secrets: ReadonlyMap<string, string>): readonly SecretWord[] {
  const words = new Map<string, SecretWord>();
  for (const [name, value] of secrets) {
    for (const text of [...encodingsOf(value), ...linesOf(value)]) {
      const bytes = Buffer.from(text);
      if (bytes.length >= MIN_BYTES && !words.has(text)) words.set(text, { name, bytes });
    }
  }
  return [...words.values()].sort((left, right) => right.bytes.length - left.bytes.length);
}
