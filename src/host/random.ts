/** Chance: identifiers, nonces, passwords and jitter, behind one port so that a seed can rule it. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';

export interface Random {
  /** 128 random bits in lower-case base32 (26 characters): a cluster id or a nonce. */
  id(): string;
  uuid(): string;
  /** 20 characters of [A-Za-z0-9]: what DevStack and Horizon accept (devstack.md section 6.6). */
  password(): string;
  /** At least 0, less than 1: for jitter only. */
  fraction(): number;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export const systemRandom: Random = {
  id() {
    const bits = BigInt(`0x${randomBytes(17).toString('hex')}`);
    return Array.from({ length: 26 }, (_, index) => BASE32[Number((bits >> BigInt(5 * index)) & 31n)]).join('');
  },
  uuid: () => randomUUID(),
  password: () => Array.from({ length: 20 }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join(''),
  fraction: () => randomInt(2 ** 32) / 2 ** 32,
};
