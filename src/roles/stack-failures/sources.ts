/** Failures while DevStack clones projects and downloads files (devstack.md section 5: F, G, AA, AB, S). */
import type { FailureClass } from './failure-class.ts';

const ANOTHER_BASE =
  'take the projects from elsewhere: --set devstack.git_base=https://github.com, or a mirror of yours';
const CLONING = /^Cloning into '(?<folder>[^']+)'/;

export const SOURCE_FAILURES: readonly FailureClass[] = [
  {
    name: 'git-certificate',
    patterns: [
      /unable to access '(?<url>[^']+)': (?:server certificate verification failed|SSL certificate problem)/,
      /server certificate verification failed/,
    ],
    sentence: 'git does not trust the certificate of {url|its server}',
    cure: `choose an image with current ca-certificates: --image NAME; or ${ANOTHER_BASE}`,
    isRetryable: false,
  },
  {
    name: 'git-ref-missing',
    patterns: [
      /Remote branch (?<ref>\S+) not found/,
      /couldn't find remote ref (?<ref>\S+)/i,
      /pathspec '(?<ref>[^']+)' did not match/,
      /\s(?<ref>\S+) is neither branch nor tag/,
    ],
    details: [CLONING],
    sentence: 'there is no branch or tag {ref} of {folder|a project}',
    cure: 'name one that exists: --branch stable/SERIES, unmaintained/SERIES or SERIES-eol; for one project --set localrc.PROJECT_BRANCH=REF',
    isRetryable: false,
  },
  {
    name: 'repository-missing',
    patterns: [
      /repository '(?<url>[^']+)' not found/,
      /could not read Username for '(?<url>[^']+)'/,
      /'(?<url>[^']+)' does not appear to be a git repository/,
    ],
    sentence: 'there is no public repository {url}',
    cure: 'mend its URL in the layout: devstack.git_base, or PROJECT_REPO in localrc',
    isRetryable: false,
  },
  {
    name: 'git-timeout',
    patterns: [/Maximum of 3 git retries reached/],
    details: [/timeout \d+ for git call: \[git [^\]]*?(?<url>[a-z]+:\/\/[^\s\]]+)/],
    sentence: 'git took too long three times: {url|a clone}',
    cure: `give it longer: --set localrc.GIT_TIMEOUT=900; or ${ANOTHER_BASE}`,
    isRetryable: true,
  },
  {
    name: 'git-connection',
    patterns: [
      /unable to access '(?<url>[^']+)'/,
      /(?:fatal|error): RPC failed/,
      /^fatal: (?:early EOF|fetch-pack: )/,
      /^fatal: .*the remote end hung up/i,
    ],
    details: [/git call failed: \[git [^\]]*?(?<url>[a-z]+:\/\/[^\s\]]+)/],
    sentence: 'the connection to {url|the git server} failed or broke',
    cure: `wait until it answers, or ${ANOTHER_BASE}`,
    isRetryable: true,
  },
  {
    name: 'clone-forbidden',
    patterns: [/ERROR_ON_CLONE is set to True/],
    sentence: 'DevStack was told not to clone, and a project is not there',
    cure: 'take ERROR_ON_CLONE out of localrc: it is meant for CI that clones beforehand',
    isRetryable: false,
  },
  {
    name: 'download-corrupt',
    patterns: [/WARNING: \d+ computed checksums? did NOT match/],
    details: [/^(?<file>\S+): FAILED$/],
    sentence: 'the download {file|of a file} arrived damaged',
    cure: 'take it from elsewhere: --set localrc.ETCD_DOWNLOAD_URL=URL',
    isRetryable: true,
  },
  {
    name: 'certificate-untrusted',
    patterns: [
      /\bhost='(?<host>[^']+)'.*certificate verify failed/,
      /certificate verify failed: (?:self.signed|unable to get local issuer)/,
      /cannot verify (?<host>\S+)'s certificate/,
    ],
    details: [/\bhttps:\/\/(?<host>[^\s/'":)]+)/],
    sentence: 'the certificate of {host|a server} is not trusted on this server',
    cure: 'leave TLS between the nodes out (tls: false); for a mirror of yours choose an image that has its CA: --image NAME',
    isRetryable: false,
  },
  {
    name: 'download-failed',
    patterns: [
      /\[ERROR\] .*?(?<url>[a-z]+:\/\/\S+) could not be downloaded/,
      /Download of (?<url>\S+) failed/,
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ERROR (?<status>\d{3}): /,
      /^curl: \(\d+\) /,
      /^Failed to download (?<url>\S+)/,
    ],
    details: [/^--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--\s+(?<url>\S+)/],
    sentence: '{url|a file} could not be downloaded',
    cure: 'let the servers reach it, or name another place in localrc: IMAGE_URLS, ETCD_DOWNLOAD_URL, PIP_GET_PIP_URL',
    isRetryable: true,
    causeWithin: 40,
  },
];
