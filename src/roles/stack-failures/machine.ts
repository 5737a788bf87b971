/** Failures of the server itself: disk, memory, names, clock, kernel, virtualization (devstack.md sections 5 and 8). */
import type { FailureClass } from './failure-class.ts';

export const MACHINE_FAILURES: readonly FailureClass[] = [
  {
    name: 'disk-full',
    patterns: [/No space left on device/],
    sentence: 'the disk of this server is full',
    cure: 'choose a flavor with a larger disk, 60 GB or more: --flavor NAME',
    isRetryable: false,
  },
  {
    name: 'out-of-memory',
    patterns: [
      /Out of memory: Killed process \d+ \((?<process>[^)]+)\)/,
      /: line \d+: +\d+ Killed +(?<process>\S+)/,
      /^Killed$/,
      /^(?<process>\S+): .*Cannot allocate memory/,
      /\bMemoryError\b/,
    ],
    sentence: '{process|a process} was killed or got no memory: this server has too little',
    cure: 'choose a flavor with more memory, 8 GB or more: --flavor NAME; or fewer services and --set localrc.API_WORKERS=1',
    isRetryable: false,
  },
  {
    name: 'name-resolution',
    patterns: [
      /Could not resolve host: (?<host>[^\s;'")]+)/,
      /(?:Temporary failure resolving|Could not resolve) '(?<host>[^']+)'/,
      /unable to resolve host address .(?<host>[^\s’']+)/,
      // sudo says the same of the server's own name, and goes on.
      /^(?!sudo:).*\bhost='(?<host>[^']+)'.*Temporary failure in name resolution/,
      /^(?!sudo:).*Temporary failure in name resolution/,
    ],
    sentence: 'the name {host|of a mirror} could not be resolved',
    cure: 'give the subnet of the servers name servers that answer (openstack subnet set --dns-nameserver ADDRESS SUBNET)',
    isRetryable: true,
  },
  {
    name: 'clock-behind',
    patterns: [/Release file for (?<subject>\S+) is not valid yet/, /certificate is not yet valid/],
    sentence: 'the clock of this server is behind: {subject|a certificate} is not yet valid for it',
    cure: 'let the servers reach a time server, or choose an image that runs chrony: --image NAME',
    isRetryable: false,
  },
  {
    name: 'kernel-module',
    // DevStack tries kvm, and goes on without.
    patterns: [/modprobe: FATAL: Module (?!kvm)(?<module>\S+) not found/, /FAILED TO LOAD (?<module>\S+)/],
    sentence: 'the kernel of this image has no module {module}',
    cure: 'choose an image with a full kernel: --image NAME; for Open vSwitch --set localrc.OVS_DATAPATH_TYPE=netdev does without',
    isRetryable: false,
    isOftenHarmless: true,
  },
  {
    name: 'ksm-missing',
    patterns: [/\/sys\/kernel\/mm\/ksm\/\w+: (?:No such file|Permission denied|Read-only)/],
    sentence: 'the kernel cannot share equal pages of memory (KSM)',
    cure: '--set localrc.ENABLE_KSM=False',
    isRetryable: false,
  },
  {
    name: 'open-files-limit',
    patterns: [/Cannot raise FD limit to (?<limit>\d+)/],
    sentence: 'this server does not let a service open {limit|enough} files',
    cure: '--set localrc.ULIMIT_NOFILE=16384',
    isRetryable: false,
  },
  {
    name: 'no-nested-virtualization',
    patterns: [
      /host doesn't support kvm/i,
      /could not find capabilities for .*domaintype=kvm/,
      /Could not access KVM kernel module/,
      /failed to initialize kvm/i,
    ],
    sentence: 'this server cannot run guests under KVM: its cloud gives it no nested virtualization',
    cure: '--set groups.compute.localrc.LIBVIRT_TYPE=qemu, or a flavor with nested virtualization: --flavor NAME',
    isRetryable: false,
  },
  {
    name: 'apparmor-profile',
    patterns: [/AppArmor parser error for (?<profile>\S+)/],
    sentence: 'AppArmor does not read its profile {profile}',
    cure: 'choose a plain cloud image, without podman: --image NAME; and a DevStack of May 2025 or later: --branch REF',
    isRetryable: false,
  },
  {
    name: 'libvirt-refused',
    patterns: [
      /Failed to connect socket to '(?<socket>[^']*libvirt[^']*)': Permission denied/,
      /group '(?<socket>libvirt\w*)' does not exist/,
    ],
    sentence: 'nova may not talk to libvirt: {socket}',
    cure: 'take a DevStack of August 2025 or later, which knows the group of libvirt on this distribution: --branch REF',
    isRetryable: false,
  },
  {
    name: 'path-closed',
    patterns: [/Invalid path permissions/],
    details: [/^\*\*\* +(?<path>\/\S*)$/],
    sentence: 'the folder {path|of DevStack} lets nobody in but its owner',
    cure: 'choose an image whose folders above /opt/stack have mode 0755: --image NAME',
    isRetryable: false,
  },
];
