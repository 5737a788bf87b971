/** Mapping hypervisors until planned = mapped: alone on the API node, never two at once. */
import { z } from 'zod';
import { DISCOVER_HOSTS } from '../remote/commands/discover-hosts.ts';
import { accessInput } from './node-access.ts';
import { scriptStep } from './script-step.ts';

/** Looks three seconds apart: about five minutes for a compute service to register. */
const LOOKS = 60;

export const discoverHosts = scriptStep({
  kind: 'discover-hosts',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({
    hypervisors: z.array(z.string()),
    /** Cell by hypervisor; plans of earlier builders do not say it. */
    cells: z.record(z.string(), z.string()).default({}),
  }),
  output: z.object({ mapped: z.array(z.string()) }),
  timeLimitMs: 30 * 60_000,
  title: ({ hypervisors }) => `map ${hypervisors.length} hypervisors to their cells`,
  prepare: (_context, { hypervisors, cells }) => ({
    script: DISCOVER_HOSTS,
    env: {
      EXPECTED: hypervisors.join(' '),
      CELLS: Object.entries(cells)
        .map(([name, cell]) => `${cell}/${name}`)
        .join(' '),
      LOOKS: String(LOOKS),
    },
  }),
  conclude: (text) => ({ mapped: [...text.matchAll(/^mapped=(.+)$/gm)].map((match) => match[1] ?? '').sort() }),
});
