/** The redactor: replaces secrets by their names in texts and in streams of bytes, before anybody sees or stores them. */
import { listPatternStarts, matchPattern } from './secret-patterns.ts';
import { listSecretWords, type SecretWord } from './secret-words.ts';

export interface RedactingStream {
  /** Takes raw bytes; gives out all that is decided by now. */
  push(chunk: Uint8Array): Uint8Array;
  /** The stream is over: gives out the rest. */
  end(): Uint8Array;
  /**
   * Raw bytes taken but not yet given out. A fresh stream started at raw offset `pushed - heldBytes` goes on with exactly
   * the bytes this one would have given out: that offset may be committed as a place to resume.
   */
  readonly heldBytes: number;
}

export interface Redactor {
  text(text: string): string;
  stream(): RedactingStream;
}

/** Hide [start, end), show `name`; `next` is where scanning goes on. */
interface Hidden {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Overlapping secrets are joined up to this length, so that a stream of one letter cannot be held back for ever. */
const MAX_JOINED = 65536;
const PATTERN_NAME = 'redacted';

/**
 * What happens at a position depends only on the bytes from there on, never on those before: that is what makes any split of
 * the stream, and any resume at a decided position, give the same output.
 */
class Scanner {
  /** Per pair of bytes: 0 = nothing begins so, else something may. */
  private readonly starts = new Uint8Array(65536);
  private readonly firsts = new Uint8Array(256);
  private readonly words = new Map<number, SecretWord[]>();
  private readonly patternPairs: ReadonlySet<number>;

  constructor(words: readonly SecretWord[]) {
    const patternStarts = listPatternStarts();
    this.patternPairs = new Set(patternStarts.map(([first, second]) => (first << 8) | second));
    for (const word of words) this.addWord(word);
    for (const [first, second] of patternStarts) this.addStart(first, second);
  }

  private addStart(first: number, second: number): number {
    this.firsts[first] = 1;
    this.starts[(first << 8) | second] = 1;
    return (first << 8) | second;
  }

  private addWord(word: SecretWord): void {
    const pair = this.addStart(word.bytes[0] ?? 0, word.bytes[1] ?? 0);
    const known = this.words.get(pair);
    if (known === undefined) this.words.set(pair, [word]);
    else known.push(word);
  }

  /** First position from `from` at which something may begin; `bytes.length` when there is none. */
  nextCandidate(bytes: Uint8Array, from: number): number {
    const { starts, firsts } = this;
    const last = bytes.length - 1;
    for (let index = from; index < last; index++) {
      if (starts[((bytes[index] as number) << 8) | (bytes[index + 1] as number)] === 1) return index;
    }
    return last >= from && firsts[bytes[last] as number] === 1 ? last : Math.max(from, bytes.length);
  }

  /** The longest word at a position. */
  private wordAt(bytes: Uint8Array, from: number, isEnd: boolean): SecretWord | 'none' | 'more' {
    if (from + 1 >= bytes.length)
      return !isEnd && from < bytes.length && this.firsts[bytes[from] ?? 0] === 1 ? 'more' : 'none';
    const candidates = this.words.get(((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0)) ?? [];
    for (const word of candidates) {
      const available = Math.min(word.bytes.length, bytes.length - from);
      let index = 2;
      while (index < available && bytes[from + index] === word.bytes[index]) index++;
      if (index === word.bytes.length) return word;
      if (index === bytes.length - from && !isEnd) return 'more';
    }
    return 'none';
  }

  /** Joins every word that begins inside and reaches beyond, so that no byte of any secret remains. */
  private join(bytes: Uint8Array, hidden: Hidden, isEnd: boolean): Hidden | 'more' {
    let end = hidden.end;
    for (let index = hidden.start; index < end && end - hidden.start < MAX_JOINED; index++) {
      const word = this.wordAt(bytes, index, isEnd);
      if (word === 'more') return 'more';
      if (word !== 'none') end = Math.max(end, index + word.bytes.length);
    }
    return { ...hidden, end };
  }

  decide(bytes: Uint8Array, from: number, isEnd: boolean): Hidden | 'none' | 'more' {
    const word = this.wordAt(bytes, from, isEnd);
    if (word === 'more') return 'more';
    if (word !== 'none')
      return this.join(bytes, { start: from, end: from + word.bytes.length, name: word.name }, isEnd);
    if (from + 1 < bytes.length && !this.patternPairs.has(((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0)))
      return 'none';
    const pattern = matchPattern(bytes, from, isEnd);
    if (pattern === 'more' || pattern === 'none') return pattern;
    for (let index = from + 1; index < pattern.start; index++) {
      const inside = this.wordAt(bytes, index, isEnd);
      if (inside === 'more') return 'more';
      // A secret within the key or the user name: it will be found at its own position.
      if (inside !== 'none') return 'none';
    }
    const known = this.wordAt(bytes, pattern.start, isEnd);
    if (known === 'more') return 'more';
    return this.join(bytes, { ...pattern, name: known === 'none' ? PATTERN_NAME : known.name }, isEnd);
  }

  /** Redacts from the start of `bytes` as far as is decided; `taken` tells how far that is. */
  scan(bytes: Uint8Array, isEnd: boolean): { readonly pieces: readonly Uint8Array[]; readonly taken: number } {
    const pieces: Uint8Array[] = [];
    let shown = 0;
    let index = this.nextCandidate(bytes, 0);
    while (index < bytes.length) {
      const decision = this.decide(bytes, index, isEnd);
      if (decision === 'more') break;
      if (decision === 'none') {
        index = this.nextCandidate(bytes, index + 1);
        continue;
      }
      pieces.push(bytes.subarray(shown, decision.start), Buffer.from(`‹${decision.name}›`));
      shown = decision.end;
      index = this.nextCandidate(bytes, shown);
    }
    pieces.push(bytes.subarray(shown, index));
    return { pieces, taken: index };
  }
}

class Stream implements RedactingStream {
  private readonly scanner: Scanner;
  private held: Buffer = Buffer.alloc(0);

  constructor(scanner: Scanner) {
    this.scanner = scanner;
  }

  get heldBytes(): number {
    return this.held.length;
  }

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const { pieces, taken } = this.scanner.scan(bytes, false);
    this.held = Buffer.from(bytes.subarray(taken));
    return Buffer.concat(pieces);
  }

  end(): Uint8Array {
    const { pieces } = this.scanner.scan(this.held, true);
    this.held = Buffer.alloc(0);
    return Buffer.concat(pieces);
  }
}

/**
 * Makes a redactor for these secrets (name → value). Hidden are the values, their encodings (base64 at three alignments, URL,
 * JSON, shell, hex as MySQL prints it) shown as `‹name›`, and whatever stands as a password or token in an assignment, a
 * header, a URL or a mysql call, shown as `‹redacted›`. Values shorter than 4 bytes are not searched for.
 */
export function createRedactor(secrets: ReadonlyMap<string, string>): Redactor {
  const scanner = new Scanner(listSecretWords(secrets));
  return {
    text(text) {
      const { pieces } = scanner.scan(Buffer.from(text), true);
      return pieces.length === 1 ? text : Buffer.concat(pieces).toString();
    },
    stream: () => new Stream(scanner),
  };
}
