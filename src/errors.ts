/** The catalogue of error codes, and the one class that carries them. */

/** What the engine reads of an error: may the attempt be repeated, is its effect unknown, was it stopped. */
export type Disposition = 'retryable' | 'terminal' | 'in-doubt' | 'canceled';

/** Whose fault it is: for people, never for decisions. */
export type Blame = 'user' | 'cloud' | 'server' | 'builder';

interface Row {
  /** Stable number: E or W, class, position. The table of reliability.md section 4. */
  readonly id: string;
  readonly exit: number;
  readonly blame: Blame;
  readonly disposition: Disposition;
}

function row(id: string, exit: number, blame: Blame, disposition: Disposition = 'terminal'): Row {
  return { id, exit, blame, disposition };
}

/** Every code the builder can end with. README.rst lists them; a test compares. */
export const ERRORS = {
  internal: row('E0001', 1, 'builder'),
  'unknown-option': row('E1001', 2, 'user'),
  'layout-missing': row('E1002', 2, 'user'),
  'bad-option': row('E1003', 2, 'user'),
  'unknown-node': row('E1004', 2, 'user'),
  'ambiguous-cluster': row('E1005', 2, 'user'),
  'needs-confirmation': row('E1006', 2, 'user'),
  'missing-program': row('E1007', 2, 'user'),
  'no-shell': row('E1008', 2, 'user'),
  'not-in-doubt': row('E1009', 2, 'user'),
  yaml: row('E2001', 2, 'user'),
  'unknown-key': row('E2002', 2, 'user'),
  'layout-too-big': row('E2003', 2, 'user'),
  'duplicate-name': row('E2004', 2, 'user'),
  'bad-name': row('E2005', 2, 'user'),
  roles: row('E2006', 2, 'user'),
  'cidr-overlap': row('E2007', 2, 'user'),
  'bad-password': row('E2008', 2, 'user'),
  'secret-in-url': row('E2009', 2, 'user'),
  'layout-changed': row('E2010', 2, 'user'),
  'bad-value': row('E2011', 2, 'user'),
  'bad-local-conf': row('E2012', 2, 'user'),
  'bad-patch': row('E2013', 2, 'user'),
  'image-not-found': row('E2100', 2, 'user'),
  'image-ambiguous': row('E2101', 2, 'user'),
  distro: row('E2102', 4, 'user'),
  'flavor-small': row('E2103', 2, 'user'),
  'flavor-not-found': row('E2104', 2, 'user'),
  'network-not-found': row('E2105', 2, 'user'),
  'network-ambiguous': row('E2106', 2, 'user'),
  'zone-not-found': row('E2107', 2, 'user'),
  'keypair-not-found': row('E2108', 2, 'user'),
  'git-ref-not-found': row('E2109', 2, 'user'),
  'image-not-active': row('E2110', 2, 'user'),
  'git-unreachable': row('E2111', 75, 'cloud', 'retryable'),
  'no-credentials': row('E3001', 3, 'user'),
  'unknown-cloud': row('E3002', 3, 'user'),
  'auth-failed': row('E3004', 3, 'user'),
  'auth-lost': row('E3005', 3, 'user'),
  'token-too-short': row('E3006', 3, 'user'),
  'wrong-project': row('E3007', 3, 'user'),
  tls: row('E3008', 3, 'user'),
  'tls-off': row('E3009', 3, 'user'),
  forbidden: row('E3011', 3, 'user'),
  'bad-credentials-file': row('E3012', 3, 'user'),
  'no-endpoint': row('E3013', 3, 'cloud'),
  quota: row('E4001', 4, 'cloud'),
  'quota-reached': row('E4002', 4, 'cloud'),
  'blind-list': row('E4003', 75, 'cloud', 'in-doubt'),
  'no-capacity': row('E4005', 5, 'cloud'),
  unreachable: row('E4007', 75, 'cloud', 'retryable'),
  'bad-answer': row('E4008', 75, 'cloud', 'retryable'),
  'uncertain-write': row('E4009', 75, 'cloud', 'in-doubt'),
  refused: row('E4010', 4, 'cloud'),
  'not-found': row('E4011', 4, 'cloud'),
  conflict: row('E4012', 4, 'cloud'),
  'slow-down': row('E4013', 75, 'cloud', 'retryable'),
  'server-error': row('E4014', 5, 'cloud'),
  'server-stuck': row('E4015', 5, 'cloud'),
  'server-gone': row('E4016', 5, 'cloud'),
  drift: row('E4017', 5, 'cloud'),
  'no-ssh': row('E5001', 5, 'server'),
  'ssh-auth': row('E5002', 5, 'server'),
  'stack-failed': row('E5003', 5, 'server'),
  'job-failed': row('E5004', 5, 'server'),
  'stack-timeout': row('E5005', 5, 'server'),
  'server-rebooted': row('E5006', 5, 'server'),
  'job-lost': row('E5007', 5, 'server'),
  'server-disk-full': row('E5008', 5, 'server'),
  'log-changed': row('E5009', 5, 'server'),
  'clock-skew': row('E5010', 5, 'server'),
  partial: row('E5011', 5, 'server'),
  'hosts-unmapped': row('E5012', 5, 'server'),
  'ssh-lost': row('E5013', 75, 'server', 'retryable'),
  'job-conflict': row('E5014', 5, 'server'),
  'verify-failed': row('E5015', 5, 'server'),
  'guests-left': row('E5016', 5, 'user'),
  'unknown-cluster': row('E6001', 2, 'user'),
  'left-behind': row('E6002', 6, 'cloud'),
  stuck: row('E6003', 6, 'cloud'),
  busy: row('E7001', 7, 'user'),
  fenced: row('E7002', 7, 'user'),
  'state-fs': row('E8001', 9, 'user'),
  'state-damaged': row('E8002', 8, 'user'),
  'state-empty': row('E8003', 8, 'user'),
  'state-newer': row('E8004', 8, 'user'),
  'rolled-back': row('E8005', 8, 'user'),
  'plan-mismatch': row('E8006', 8, 'builder'),
  'vault-missing': row('E8007', 8, 'user'),
  'disk-full': row('E9001', 9, 'user'),
  io: row('E9002', 9, 'user'),
  'name-clash': row('E10001', 10, 'user'),
  'host-key': row('E10002', 10, 'server'),
  'loose-vault': row('E10004', 10, 'user'),
  'not-ours': row('E10005', 10, 'user'),
  canceled: row('E1300', 130, 'user', 'canceled'),
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof ERRORS;

/** Whether a word, as it comes from a journal, is a code of this builder. */
export function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(ERRORS, word);
}

export interface ErrorFacts {
  /** file:line:column, or resource key with method, path and request id. */
  readonly at?: string | undefined;
  /** What exists now, what goes on running, whether it is safe to leave. */
  readonly state?: string | undefined;
  /** One command or one edit that mends it. */
  readonly fix?: string | undefined;
  /** Facts for programs; redacted before they are stored or shown. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Replaces the disposition of the catalogue where the same fault differs by circumstance. */
  readonly disposition?: Disposition;
  readonly cause?: unknown;
}

/** The only error the builder throws on purpose; anything else is a bug. */
export class BuilderError extends Error {
  readonly code: ErrorCode;
  readonly id: string;
  readonly exitCode: number;
  readonly blame: Blame;
  readonly disposition: Disposition;
  readonly at: string | undefined;
  readonly state: string | undefined;
  readonly fix: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  /** All problems found together; empty unless this error stands for several. */
  readonly problems: readonly BuilderError[];

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, problems: readonly BuilderError[] = []) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'BuilderError';
    const entry = ERRORS[code];
    this.code = code;
    this.id = entry.id;
    this.exitCode = entry.exit;
    this.blame = entry.blame;
    this.disposition = facts.disposition ?? entry.disposition;
    this.at = facts.at;
    this.state = facts.state;
    this.fix = facts.fix;
    this.details = facts.details ?? {};
    this.problems = problems;
  }

  /** One error for all problems found together: the only one itself, or the first with the rest beside it. */
  static all(problems: readonly BuilderError[]): BuilderError {
    const [first, ...rest] = problems;
    if (first === undefined) return new BuilderError('internal', 'something is said to be wrong, and nobody says what');
    return rest.length === 0 ? first : new BuilderError(first.code, first.message, first, problems);
  }
}

/** The message of whatever was thrown, for texts that name a cause. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What was thrown on purpose; throws everything else on, for a bug stays a bug. */
export function failureOf(error: unknown): BuilderError {
  if (error instanceof BuilderError) return error;
  throw error;
}
