/** The programs around the overlay network: Open vSwitch, the bridge on a node, and whom it reaches. */
import { hasDone } from './job-kinds.ts';
import { nodeCalled } from './neighbours.ts';
import { fails, lasting, says, shellError } from './program-parts.ts';
import type { Program, ProgramCall, ProgramTable } from './view.ts';

function installOpenvswitch(call: ProgramCall): Program {
  return says(['Setting up openvswitch-common ...', 'Setting up openvswitch-switch ...'], lasting(call, 5_000, 10_000));
}

function makeOverlay(call: ProgramCall): Program {
  if (hasDone(call.view, 'install-openvswitch')) return says([], lasting(call, 500, 1_500));
  return fails(127, [shellError(call, 40, 'ovs-vsctl: not found')]);
}

/** Every peer that runs and has its bridge answers. */
function checkOverlay(call: ProgramCall): Program {
  const peers = (call.env['PEERS'] ?? '').split(' ').filter((pair) => pair !== '');
  const silent = peers.flatMap((pair) => {
    const [name = '', address = ''] = pair.split(',');
    const peer = nodeCalled(call.view, name);
    return peer !== null && hasDone(peer, 'make-overlay') ? [] : [`${name} does not answer at ${address}`];
  });
  return silent.length === 0 ? says([], lasting(call, 300, 3_000)) : fails(1, silent.toSorted(), 45_000);
}

function joinPublicBridge(call: ProgramCall): Program {
  if (hasDone(call.view, 'make-overlay')) return says([], lasting(call, 300, 800));
  return fails(127, [shellError(call, 11, '/usr/local/sbin/builder-overlay: not found')]);
}

export const OVERLAY_PROGRAMS: ProgramTable = {
  'install-openvswitch': installOpenvswitch,
  'make-overlay': makeOverlay,
  'check-overlay': checkOverlay,
  'join-public-bridge': joinPublicBridge,
};
