/** Colour by meaning, and not at all where it is not wanted. */
import { styleText } from 'node:util';
import type { EventText } from './event-text.ts';

const STYLES = {
  plain: [],
  good: ['green'],
  bad: ['red'],
  warning: ['yellow'],
  faint: ['dim'],
  strong: ['bold'],
} as const;

/** The text in the style of its tone; unchanged when `color` is off. */
export function paint(text: string, tone: EventText['tone'] | 'faint' | 'strong', color: boolean): string {
  const style = STYLES[tone];
  // The caller decides about colour (NO_COLOR, --no-color, terminal or not), so the stream is not asked again.
  return color && style.length > 0 ? styleText([...style], text, { validateStream: false }) : text;
}
