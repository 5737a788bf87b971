/** The renderer that shows nothing. */
import type { Renderer } from './renderer.ts';

export function openSilentRenderer(): Renderer {
  return { emit: () => undefined, close: () => undefined };
}
