/** What a layout file says of itself: the first sentence of the comment it opens with. */

/** One line, without the full stop; empty where the file opens with something else. */
export function summaryOf(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !/^#\s*\S/.test(line));
  const opening = lines
    .slice(0, end === -1 ? lines.length : end)
    .map((line) => line.replace(/^#+\s*/, '').trim())
    .join(' ');
  return opening.replace(/\.(\s.*)?$/, '');
}
