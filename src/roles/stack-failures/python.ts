/** Failures of pip and of what it installs (devstack.md section 5: D, E). */
import type { FailureClass } from './failure-class.ts';

const PLAIN_IMAGE = 'choose a fresh minimal cloud image: --image NAME';

export const PYTHON_FAILURES: readonly FailureClass[] = [
  {
    name: 'pkg-resources-missing',
    patterns: [/No module named '?pkg_resources\b/],
    details: [/^(?:Collecting|Processing) (?<package>[^\s(]+)/],
    sentence: '{package|a package} needs pkg_resources, which setuptools 82 and later have no more',
    cure: 'take a newer commit of the branch: --branch REF; or leave out what needs it, like services: {remove: [horizon]}',
    isRetryable: false,
  },
  {
    name: 'distribution-package',
    patterns: [/Cannot uninstall '?(?<package>[\w.-]+)/],
    sentence: 'pip cannot replace {package}, which the image has as a package of its distribution',
    cure: PLAIN_IMAGE,
    isRetryable: false,
  },
  {
    name: 'invalid-version',
    patterns: [/\bInvalidVersion: Invalid version: '(?<version>[^']+)'/],
    sentence: 'a Python package of the image has the version {version}, which pip does not understand',
    cure: PLAIN_IMAGE,
    isRetryable: false,
  },
  {
    name: 'python-import',
    patterns: [
      /\bImportError: cannot import name '?(?<name>\w+)'? from '?(?<module>[\w.]+)/,
      /\bModuleNotFoundError: No module named '(?<module>[^']+)'/,
    ],
    sentence: 'Python finds no {name|such name} in {module}: an older one of the distribution is in the way',
    cure: `${PLAIN_IMAGE}, without packages of OpenStack`,
    isRetryable: false,
  },
  {
    name: 'externally-managed',
    patterns: [/error: externally-managed-environment/],
    sentence: 'pip may not install beside the packages of this distribution',
    cure: 'take a DevStack that keeps its packages apart (2024.1 or later): --branch stable/SERIES; or --set localrc.GLOBAL_VENV=True',
    isRetryable: false,
  },
  {
    name: 'python-version',
    patterns: [/Package '(?<package>[^']+)' requires a different Python: (?<python>\S+) not in '(?<wanted>[^']+)'/],
    sentence: '{package} needs Python {wanted}, and this image has {python}',
    cure: 'choose an image of a distribution that this DevStack supports: --image NAME; or an older branch: --branch REF',
    isRetryable: false,
  },
  {
    name: 'pip-conflict',
    patterns: [
      /^ERROR: Cannot install (?<packages>.+?) because these package versions/,
      /^ERROR: ResolutionImpossible/,
    ],
    details: [/^ERROR: Cannot install (?<packages>.+?) because these package versions/],
    sentence: 'pip cannot have {packages|these packages} together',
    cure: 'take a commit of DevStack that is known to work: --branch COMMIT; with REQUIREMENTS_BRANCH of the same day in localrc',
    isRetryable: false,
  },
  {
    name: 'pip-hash-mismatch',
    patterns: [/THESE PACKAGES DO NOT MATCH THE HASHES/],
    details: [/^\s+(?<package>[^\s/]+) from https?:/],
    sentence: '{package|a Python package} did not arrive as its index says',
    cure: 'wait, or use another index: /etc/pip.conf in an image of yours',
    isRetryable: true,
  },
  {
    name: 'pip-index-unreachable',
    patterns: [
      /^ERROR: .*HTTPS?ConnectionPool\(host='(?<host>[^']+)'/,
      /\bpip\._vendor\.\S*\bHTTPS?ConnectionPool\(host='(?<host>[^']+)'/,
      // The last of its tries: those before may have gone well in the end.
      /Retrying \(Retry\(total=0\b/,
    ],
    sentence: 'pip did not reach {host|its package index}',
    cure: 'let the servers reach it: a route, or --set localrc.https_proxy=URL with no_proxy for all nodes',
    isRetryable: true,
  },
  {
    name: 'pip-no-version',
    patterns: [/No matching distribution found for (?<package>\S+)/],
    sentence: 'the Python package index has no {package} for this Python',
    cure: 'check that the servers see the whole index, and take a newer commit of the branch: --branch REF',
    isRetryable: false,
    causeWithin: 40,
  },
  {
    name: 'pip-build',
    patterns: [
      /Failed building wheel for (?<package>\S+)/,
      /^error: (?:metadata-generation-failed|subprocess-exited-with-error)/,
      /Failed to build installable wheels/,
    ],
    details: [/^ *(?:Collecting|Obtaining|Processing) (?<package>[^\s(]+)/],
    sentence: '{package|a Python package} could not be built on this server',
    cure: 'take a newer commit of the branch: --branch REF; what the build misses stands in the lines above',
    isRetryable: false,
    causeWithin: 40,
  },
];
