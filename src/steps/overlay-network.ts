/** The overlay network: Open vSwitch and a bridge on every node, then every node tried from every other. */
import { z } from 'zod';
import type { StepContext } from '../engine/step.ts';
import { planNodes } from '../layout/nodes.ts';
import {
  CHECK_OVERLAY,
  INSTALL_OPENVSWITCH,
  JOIN_PUBLIC_BRIDGE,
  MAKE_OVERLAY,
} from '../remote/commands/overlay-network.ts';
import { branchOf } from '../roles/branches.ts';
import { assignmentOf } from '../roles/local-conf.ts';
import { echoSize } from '../roles/mtu.ts';
import { accessInput, fixedAddress } from './node-access.ts';
import { nothing } from './outputs.ts';
import { bridgeMacOf, networkIdOf } from './overlay-identity.ts';
import type { StepPorts } from './ports.ts';
import { publicGateway } from './public-bridge.ts';
import { scriptStep } from './script-step.ts';
import { proxyEnvironment } from './write-mirrors.ts';

/** Looks a second apart, and two more for an answer. */
const LOOKS = 15;

/** The datapath of the node's bridges, as DevStack will make its own. */
function datapathOf({ ports: { cluster } }: StepContext<StepPorts>, node: string): string {
  const group = planNodes(cluster.layout).find(({ name }) => name === node)?.group;
  return assignmentOf(cluster.layout, group, 'OVS_DATAPATH_TYPE') ?? 'system';
}

export const installOpenvswitch = scriptStep({
  kind: 'install-openvswitch',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 30 * 60_000,
  title: () => 'install Open vSwitch',
  prepare(context) {
    const branch = branchOf(context.ports.cluster.layout.devstack.ref);
    // Where the series is still made, or nobody here knows it, DevStack takes this one too.
    const isReleased = branch !== null && branch.state !== 'development';
    return {
      script: INSTALL_OPENVSWITCH,
      env: { ...proxyEnvironment(context), RDO: isReleased ? branch.series : 'master' },
    };
  },
  conclude: () => ({}),
});

export const makeOverlay = scriptStep({
  kind: 'make-overlay',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({
    /** With the prefix of the overlay's range. */
    address: z.string(),
    mtu: z.number().int(),
    peers: z.array(z.string()),
  }),
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: ({ address }) => `make the overlay network: ${address}`,
  prepare: (context, { node, address, mtu, peers }) => ({
    script: MAKE_OVERLAY,
    env: {
      VNI: String(networkIdOf(context.ports.cluster.id)),
      LOCAL: fixedAddress(context, node),
      ADDRESS: address,
      MAC: bridgeMacOf(address.replace(/\/.*$/, '')),
      MTU: String(mtu),
      DATAPATH: datapathOf(context, node),
      PEERS: peers.map((peer) => fixedAddress(context, peer)).join(' '),
    },
  }),
  conclude: () => ({}),
});

export const checkOverlay = scriptStep({
  kind: 'check-overlay',
  version: 1,
  repeat: 'read',
  input: accessInput.extend({ mtu: z.number().int(), peers: z.record(z.string(), z.string()) }),
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: () => 'reach the other nodes over the overlay network',
  prepare: (_context, { mtu, peers }) => ({
    script: CHECK_OVERLAY,
    env: {
      PEERS: Object.entries(peers)
        .map(([name, address]) => `${name},${address}`)
        .join(' '),
      SIZE: String(echoSize(mtu)),
      LOOKS: String(LOOKS),
    },
  }),
  conclude: () => ({}),
});

/**
 * DevStack gives the public network's gateway to br-ex of the node that makes the first networks, with the way out behind it, where that
 * node has routers, and only until a reboot.
 */
export const joinPublicBridge = scriptStep({
  kind: 'join-public-bridge',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ isGateway: z.boolean() }),
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'join br-ex to the overlay network',
  prepare(context, { isGateway }) {
    const gateway = isGateway ? publicGateway(context.ports.cluster.layout) : '';
    return { script: JOIN_PUBLIC_BRIDGE, env: { GATEWAY: gateway } };
  },
  conclude: () => ({}),
});
