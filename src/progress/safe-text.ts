/** The display filter: text from servers and clouds made inert before it reaches a terminal. */

const MAX_LINE = 4096;
const CUT = '… [cut]';
/** ESC or C1 introducers: CSI with its parameters, the string sequences OSC, DCS, SOS, PM, APC to their end, then any other ESC pair. */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Bidirectional controls and line separators change how a line reads without showing themselves. */
const INVISIBLE = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function safeLine(line: string): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  const shown = last
    .replace(CONTROLS, '')
    .replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return shown.length > MAX_LINE ? `${shown.slice(0, MAX_LINE).toWellFormed()}${CUT}` : shown;
}

/**
 * Text that cannot move the cursor, colour, hide or reorder anything: escape sequences and control characters (but newline and
 * tab) removed, bidirectional controls and U+2028/9 shown as escapes, what `\r` would overwrite dropped, lines cut at 4096
 * characters, lone surrogates replaced.
 */
export function safeText(text: string): string {
  return text.toWellFormed().replace(SEQUENCES, '').split('\n').map(safeLine).join('\n');
}

/** The same for one line: newlines and tabs become blanks. */
export function safeOneLine(text: string): string {
  return safeText(text)
    .replaceAll(/\s*[\n\t]\s*/g, ' ')
    .trim();
}

export interface SafeStream {
  push(chunk: Uint8Array): void;
  end(): void;
}

/**
 * The same for bytes that come in chunks: whole lines are given to `write` as they complete; a line that grows over 64 KiB is
 * shown cut, the rest of it dropped. Invalid UTF-8 becomes U+FFFD.
 */
export function openSafeStream(write: (text: string) => void): SafeStream {
  const decoder = new TextDecoder();
  let pending = '';
  let isDropping = false;
  const take = (text: string): void => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (!isDropping) write(`${safeText(line)}\n`);
      isDropping = false;
    }
    if (isDropping) pending = '';
    else if (pending.length > 65536) {
      write(`${safeText(pending)}\n`);
      pending = '';
      isDropping = true;
    }
  };
  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end() {
      take(decoder.decode());
      if (pending !== '') write(`${safeText(pending)}\n`);
      pending = '';
    },
  };
}
