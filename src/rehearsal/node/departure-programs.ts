/** The programs around a hypervisor that leaves: what the others know of it is told by the records of these jobs (stacked-cloud.ts). */
import { fails, lasting, says, shellError } from './program-parts.ts';
import { localrcOn } from './stacked-cloud.ts';
import type { Program, ProgramCall, ProgramTable } from './view.ts';

/** Asks the APIs, so many seconds long; there are no guests in a rehearsal, and nothing in the way. */
function onApi(fromMs: number, toMs: number): (call: ProgramCall) => Program {
  return (call) =>
    localrcOn(call.view).services.includes('n-api')
      ? says([], lasting(call, fromMs, toMs))
      : fails(100, [shellError(call, 2, 'openstack: not found')]);
}

export const DEPARTURE_PROGRAMS: ProgramTable = {
  'disable-compute': onApi(4_000, 8_000),
  'enable-compute': onApi(4_000, 8_000),
  'move-guests': onApi(4_000, 8_000),
  'stop-compute': (call) => says([], lasting(call, 1_000, 4_000)),
  'forget-compute': onApi(15_000, 30_000),
  'forget-hypervisors': onApi(10_000, 20_000),
  'check-forgotten': onApi(8_000, 15_000),
};
