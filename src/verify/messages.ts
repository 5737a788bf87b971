/** Check `messages`: what nova-compute complained of lately. A complaint breaks nothing, so it is told and not counted as a failure. */
import { type Check, judged, notKnown } from './check.ts';
import { whyNoHypervisor } from './expectation.ts';

const SHOWN = 10;

/** Each of them once, the last one last. */
function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set([...lines].reverse())].reverse();
}

function tell(lines: readonly string[]): string {
  if (lines.length === 0) return 'no error in the last ten minutes';
  const count = lines.length === 1 ? 'one error' : `${lines.length} errors`;
  return `${count} in the last ten minutes, the last: ${lines.at(-1)}`;
}

export const messages: Check = {
  name: 'messages',
  summary: 'what nova-compute has logged as errors in the last ten minutes; told, never a failure',
  asks: ['messages'],
  guests: null,
  whySkipped: whyNoHypervisor,
  judge: (facts, { nodes }) =>
    nodes
      .filter(({ services }) => services.has('n-cpu'))
      .map(({ name }) => {
        const lines = facts.messages.get(name) ?? { unknown: 'nobody asked' };
        if ('unknown' in lines) return notKnown(messages, name, lines.unknown);
        return judged(messages, name, [], tell(lines.known), distinct(lines.known).slice(-SHOWN));
      }),
};
