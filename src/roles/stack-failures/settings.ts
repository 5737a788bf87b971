/** Failures that a layout, a plugin or a local.conf brought about (devstack.md section 5: K, Y, AB, AC, AI). */
import type { FailureClass } from './failure-class.ts';

export const SETTING_FAILURES: readonly FailureClass[] = [
  {
    name: 'distro-unsupported',
    patterns: [/If you wish to run this script anyway run with FORCE=yes/],
    details: [/this script has not been tested on (?<distro>\S+)/],
    sentence: 'this DevStack does not know the distribution {distro|of the image}',
    cure: 'choose an image that it knows: --image NAME; or insist: --set localrc.FORCE=yes',
    isRetryable: false,
  },
  {
    name: 'local-conf-section',
    patterns: [
      /bogus config file specification (?<file>\S+)/,
      /could not create (?:config file|the directory of) \S* *\((?<file>[^)]+)\)/,
    ],
    sentence: 'local.conf has a section for {file}, which this node does not have',
    cure: 'take that section out of the file for this role in --templates DIR, or out of the plugin',
    isRetryable: false,
  },
  {
    name: 'local-conf-syntax',
    patterns: [/\.localrc\.auto: line (?<line>\d+): (?<problem>.+)/],
    sentence: 'bash does not read line {line} of the localrc: {problem}',
    cure: 'mend the text of --templates DIR; values in a layout are quoted by themselves',
    isRetryable: false,
  },
  {
    name: 'password-missing',
    patterns: [/^ENTER A (?:PASSWORD TO USE FOR |SERVICE_PASSWORD TO USE FOR |RANDOM )(?<whose>[^.(]+)/],
    sentence: 'stack.sh asked for a password ({whose}), and nobody answers there',
    cure: 'builder gives those of DevStack; what a plugin wants beside them stands in the localrc of --templates DIR',
    isRetryable: false,
  },
  {
    name: 'plugin-twice',
    patterns: [/Plugin attempted to be enabled twice: (?<plugin>\S+)/],
    sentence: 'the plugin {plugin} is enabled twice',
    cure: 'leave one enable_plugin of it in --templates DIR and --extras DIR',
    isRetryable: false,
  },
  {
    name: 'ovn-service-conflict',
    patterns: [/The (?<service>\S+) service must be disabled with OVN/],
    sentence: 'the service {service} does not go with OVN',
    cure: 'take it out of the layout: services: {remove: [q-agt, q-l3, q-dhcp, q-meta]}',
    isRetryable: false,
  },
  {
    name: 'host-ip-unknown',
    patterns: [/Could not determine host (?<family>ip|IPv6) address/],
    sentence: 'DevStack found no {family} address of this server that is outside of its own ranges',
    cure: 'ranges must not overlap with the network of the servers: network.fixed_range and network.floating_range in the layout',
    isRetryable: false,
  },
];
