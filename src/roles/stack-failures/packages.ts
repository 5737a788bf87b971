/** Failures of the distribution's packages: apt, dpkg, dnf (devstack.md section 5: H, I). */
import type { FailureClass } from './failure-class.ts';

const OTHER_SOURCES = 'give the servers package sources that work: --repos DIR';

export const PACKAGE_FAILURES: readonly FailureClass[] = [
  {
    name: 'apt-lock',
    // Without `E: ` apt only waits for it.
    patterns: [/^E: (?:Could not get|Unable to acquire the dpkg frontend|Unable to lock).*?(?<file>\/var\/[^\s.,)]+)/],
    details: [/held by process \d+ \((?<holder>[^)]+)\)/],
    sentence: '{holder|another program} was using apt at the same time ({file})',
    cure: 'choose an image that does not update itself after its first boot: --image NAME',
    isRetryable: true,
  },
  {
    name: 'apt-hash-mismatch',
    patterns: [
      /^E: Failed to fetch (?<url>\S+)\s+(?:Hash Sum mismatch|File has unexpected size)/,
      /^ *Hash Sum mismatch/,
    ],
    sentence: 'the mirror gave another file than its index says: {url|one of its lists}',
    cure: `wait until the mirror is updated and no proxy is stale, or ${OTHER_SOURCES}`,
    isRetryable: true,
  },
  {
    name: 'apt-index-stale',
    patterns: [/^E: Failed to fetch (?<url>\S+)\s+404\b/],
    sentence: 'the package mirror no longer has {url}',
    cure: `wait until its index is new again, or ${OTHER_SOURCES}`,
    isRetryable: true,
  },
  {
    name: 'apt-mirror-down',
    patterns: [/^E: Failed to fetch (?<url>\S+)/, /Failed to download metadata for repo '(?<url>[^']+)'/],
    sentence: 'the package mirror did not give {url}',
    cure: `let the servers reach it, or ${OTHER_SOURCES}`,
    isRetryable: true,
  },
  {
    name: 'apt-unsigned',
    patterns: [/The repository '(?<source>[^']+)' is not signed/, /\bNO_PUBKEY (?<source>[0-9A-F]+)/],
    sentence: 'this server has no key for the package source {source}',
    cure: 'bring the key with the source (signed-by in the files of --repos DIR), or choose a newer image: --image NAME',
    isRetryable: false,
  },
  {
    name: 'package-missing',
    patterns: [
      /^E: Unable to locate package (?<package>\S+)/,
      /^E: Package '(?<package>[^']+)' has no installation candidate/,
      /^No match for argument: (?<package>\S+)/,
    ],
    sentence: 'the distribution has no package {package}',
    cure: `choose a distribution that this DevStack supports: --image NAME; or ${OTHER_SOURCES}`,
    isRetryable: false,
  },
  {
    name: 'package-conflict',
    patterns: [/^E: (?:Unable to correct problems|Broken packages|Unmet dependencies)/],
    details: [/^ *(?<package>[a-z0-9][\w.+:-]*) : (?:Pre)?(?:Depends|Breaks|Conflicts)/],
    sentence: '{package|a package} cannot be installed beside what the image has',
    cure: 'choose a plain cloud image that holds back no packages: --image NAME',
    isRetryable: false,
  },
  {
    name: 'dpkg-failed',
    patterns: [/^E: Sub-process \/usr\/bin\/dpkg returned an error code/, /^E: dpkg was interrupted/],
    details: [/^dpkg: error processing (?:package|archive) (?<package>\S+)/],
    sentence: 'the package {package|of a service} could not be set up',
    cure: 'read why: ./builder ssh {cluster} {node} -- sudo dpkg --configure -a; then choose another image: --image NAME',
    isRetryable: false,
  },
  {
    name: 'apt-update',
    patterns: [/Failed to update apt repos/],
    details: [/^(?:Err:\d+|W: Failed to fetch) (?<url>\S+)/],
    sentence: 'apt could not update its lists for five minutes: {url|a mirror} did not answer',
    cure: `let the servers reach it, or ${OTHER_SOURCES}`,
    isRetryable: true,
    causeWithin: 40,
  },
];
