/** Shapes that betray a secret nobody told us: tokens in headers, password assignments, passwords inside URLs. */

/** `value` runs from `start` to `end`; what stands before it (the key and the separator) is shown. */
export type PatternMatch = { readonly start: number; readonly end: number } | 'none' | 'more';

/** A longer value without any delimiter is hidden only this far. */
const MAX_VALUE = 4096;
const MAX_USER = 64;
const KEYWORDS = ['x-auth-token', 'x-subject-token', 'x-service-token', 'password', 'passwd', 'adminpass', 'mysql_pwd'];

const keywords = KEYWORDS.map((word) => Buffer.from(word));
const scheme = Buffer.from('://');
const userFlag = Buffer.from(' -u');
const codeOf = (character: string): number => character.charCodeAt(0);
const space = codeOf(' ');
const colon = codeOf(':');
const equals = codeOf('=');
const at = codeOf('@');
const slash = codeOf('/');
const dash = codeOf('-');
const padding: ReadonlySet<number> = new Set([...' \t"\'\\'].map(codeOf));
const passwordFlag = Buffer.from(' -p');
const endsValue = new Uint8Array(256);
for (const character of '"\'\\ \t\r\n,;&)}<>') endsValue[codeOf(character)] = 1;
for (let code = 0; code < 32; code++) endsValue[code] = 1;

/** First two bytes with which a pattern can begin, for the scanner's table. */
export function listPatternStarts(): readonly (readonly [number, number])[] {
  const cases = (code: number): number[] => [...new Set([code, codeOf(String.fromCharCode(code).toUpperCase())])];
  const pairs = keywords.flatMap((word) =>
    cases(word[0] ?? 0).flatMap((first) => cases(word[1] ?? 0).map((second) => [first, second] as const)),
  );
  return [...pairs, [colon, slash], [space, dash]];
}

/** Compares ignoring ASCII case: how many bytes agree until `word` or the buffer ends; -1 when they differ. */
function agree(bytes: Uint8Array, from: number, word: Uint8Array): number {
  for (let index = 0; index < word.length; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return index;
    if ((byte >= 65 && byte <= 90 ? byte + 32 : byte) !== word[index]) return -1;
  }
  return word.length;
}

function valueAt(bytes: Uint8Array, start: number, isEnd: boolean, stop?: number): PatternMatch {
  const limit = Math.min(bytes.length, start + MAX_VALUE);
  // A URL's user part also ends at the path.
  const endsHere = (byte: number): boolean => endsValue[byte] !== 0 || byte === stop || (stop === at && byte === slash);
  let end = start;
  while (end < limit && !endsHere(bytes[end] ?? 0)) end += 1;
  if (end === bytes.length && end < start + MAX_VALUE && !isEnd) return 'more';
  if (stop !== undefined && (end === start + MAX_VALUE || bytes[end] !== stop)) return 'none';
  return end > start ? { start, end } : 'none';
}

/** `key=value`, `key: value`, `"key": "value"`, also inside quoted JSON. */
function assignmentAt(bytes: Uint8Array, afterKey: number, isEnd: boolean): PatternMatch {
  let index = afterKey;
  const limit = afterKey + 8;
  let hasSeparator = false;
  while (index < bytes.length && index < limit) {
    const byte = bytes[index];
    if ((byte === colon || byte === equals) && !hasSeparator) hasSeparator = true;
    else if (byte === undefined || !padding.has(byte)) break;
    index++;
  }
  if (index === bytes.length && index < limit && !isEnd) return 'more';
  return hasSeparator ? valueAt(bytes, index, isEnd) : 'none';
}

/** `://user:password@`. */
function urlPasswordAt(bytes: Uint8Array, afterScheme: number, isEnd: boolean): PatternMatch {
  const limit = afterScheme + MAX_USER;
  for (let index = afterScheme; index < limit; index++) {
    const byte = bytes[index];
    if (byte === undefined) return isEnd ? 'none' : 'more';
    if (byte === colon) return valueAt(bytes, index + 1, isEnd, at);
    if (endsValue[byte] === 1 || byte === at || byte === slash) return 'none';
  }
  return 'none';
}

/** `-uUSER -pPASSWORD`, as DevStack calls mysql. */
function flagPasswordAt(bytes: Uint8Array, afterFlag: number, isEnd: boolean): PatternMatch {
  let index = bytes[afterFlag] === space ? afterFlag + 1 : afterFlag;
  const limit = index + MAX_USER;
  while (index < limit && index < bytes.length && endsValue[bytes[index] ?? 0] === 0) index++;
  const rest = bytes.subarray(index, index + 3);
  if (rest.some((byte, position) => byte !== passwordFlag[position])) return 'none';
  if (rest.length < 3) return isEnd ? 'none' : 'more';
  return valueAt(bytes, index + 3, isEnd);
}

const shapes = [
  ...keywords.map((word) => ({ word, rest: assignmentAt })),
  { word: scheme, rest: urlPasswordAt },
  { word: userFlag, rest: flagPasswordAt },
];

/** What begins at `from`; `more` when only bytes that have not come yet can tell. Depends on bytes from `from` on alone. */
export function matchPattern(bytes: Uint8Array, from: number, isEnd: boolean): PatternMatch {
  for (const { word, rest } of shapes) {
    const length = agree(bytes, from, word);
    if (length === word.length) return rest(bytes, from + length, isEnd);
    if (length >= 0 && !isEnd) return 'more';
  }
  return 'none';
}
