/** Tokens that carry their own facts under a seal, so that no process has to remember them. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface TokenFacts {
  /** Wall time, as all of Keystone's. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** For the project; else it opens Keystone only. */
  readonly isScoped: boolean;
  /** How its holder proved who he is. */
  readonly methods: readonly string[];
}

function sealOf(secret: string, content: string): Buffer {
  return createHmac('sha256', secret).update(content).digest();
}

export function issueToken(secret: string, facts: TokenFacts): string {
  const content = Buffer.from(JSON.stringify(facts)).toString('base64url');
  return `${content}.${sealOf(secret, content).toString('base64url')}`;
}

/** The facts of a token that this secret sealed, expired or not; null for any other text. */
export function readToken(secret: string, text: string): TokenFacts | null {
  const [content = '', seal = ''] = text.split('.');
  const [given, wanted] = [Buffer.from(seal, 'base64url'), sealOf(secret, content)];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  return JSON.parse(Buffer.from(content, 'base64url').toString()) as TokenFacts;
}
