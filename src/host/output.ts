/** Our own output streams: a reader that goes away ends the output, never the builder. */
import type { Writable } from 'node:stream';
import { errnoOf } from './errno.ts';

const GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** A writer for stdout or stderr. After EPIPE or EIO it writes nothing more; any other stream error is thrown as usual. */
export function openOutput(stream: Writable): (text: string) => void {
  let isGone = false;
  stream.on('error', (error) => {
    if (!GONE.has(errnoOf(error))) throw error;
    isGone = true;
  });
  return (text) => {
    if (!isGone) stream.write(text);
  };
}
