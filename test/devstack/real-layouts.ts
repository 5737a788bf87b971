/** The layouts that are built with a real DevStack, and what each of them is to prove. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Layout } from '../../src/layout/layout.ts';
import { planNodes } from '../../src/layout/nodes.ts';
import { readLayout } from '../../src/layout/read.ts';
import { expectCloud } from '../../src/verify/expectation.ts';

interface Proof {
  /** The compute that the cloud below reboots hard before all others. */
  readonly rebooted: string;
  /** Checks that verify leaves out here, for a reason of its own. */
  readonly skipped: readonly string[];
  /** The node whose first stack.sh is killed, and which is stacked again on its server; null where none is. */
  readonly restacked: string | null;
  /** The computes of --hypervisors, of which one more comes and goes; null where that proves nothing new. */
  readonly hypervisors: number | null;
  /** The compute that is broken in ways that a person once had to find by hand; null where that proves nothing new. */
  readonly broken: string | null;
}

/** The layouts have no cinder, see below. */
const NO_CINDER = ['volumes'];
/** No server of a fake hypervisor can be spoken to. */
const FAKE = [...NO_CINDER, 'boot', 'metadata', 'ping', 'mtu', 'floating-ip', 'live-migrate'];

/** The first is the usual one. Each has its file, test/layouts/real-NAME.yaml. */
export const REAL_LAYOUTS: Readonly<Record<string, Proof>> = {
  multinode: { rebooted: 'compute-1', skipped: NO_CINDER, restacked: null, hypervisors: 2, broken: 'compute-2' },
  multicell: { rebooted: 'cell2-1', skipped: FAKE, restacked: null, hypervisors: null, broken: null },
  'multicell-hosts': { rebooted: 'hv2-1', skipped: FAKE, restacked: null, hypervisors: null, broken: null },
  split: { rebooted: 'compute-1', skipped: NO_CINDER, restacked: 'compute-1', hypervisors: null, broken: null },
};

/** What cannot be shown on the machine of these tests, whose servers are containers; said by the tests themselves. */
export const FORBIDDEN: readonly string[] = [
  'cinder is left out: its LVM needs a kernel’s device mapper, which a container has none of',
  'etcd is left out: it is a tarball from a host that this cloud’s servers do not reach',
  'ML2/OVS is left out, and OVN runs on the userspace datapath: no openvswitch.ko can be loaded',
  'hypervisors are QEMU without KVM, or fake: there is no /dev/kvm',
];

export interface RealLayout extends Proof {
  readonly name: string;
  readonly file: string;
  readonly layout: Layout;
  readonly nodes: readonly string[];
  /** Where the cloud's own API is asked. */
  readonly apiNode: string;
}

/** The layout that BUILDER_TEST_LAYOUT names. */
export function chosenLayout(): RealLayout {
  const name = process.env['BUILDER_TEST_LAYOUT'] ?? Object.keys(REAL_LAYOUTS)[0] ?? '';
  const proof = REAL_LAYOUTS[name];
  if (proof === undefined)
    throw new Error(`BUILDER_TEST_LAYOUT is "${name}", none of ${Object.keys(REAL_LAYOUTS).join(', ')}`);
  const file = fileURLToPath(new URL(`../layouts/real-${name}.yaml`, import.meta.url));
  const layout = readLayout(readFileSync(file, 'utf8'), file);
  const nodes = planNodes(layout).map((node) => node.name);
  const { apiNode } = expectCloud(layout, new Map(nodes.map((node) => [node, ''])));
  return { ...proof, name, file, layout, nodes, apiNode };
}
