/** Quick chance from a seed, for texts of thousands of lines: no secret hangs on it. */
import { createHash } from 'node:crypto';

export class Dice {
  private state: number;

  constructor(seed: string) {
    // Of all 32-bit states only zero stays where it is.
    this.state = createHash('sha256').update(seed).digest().readInt32BE() || 1;
  }

  /** At least 0, less than `limit`. */
  below(limit: number): number {
    // Three shifts that pass through all states but zero before one comes again.
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  pick<const List extends readonly [unknown, ...unknown[]]>(list: List): List[number] {
    return list[this.below(list.length)];
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += (0x1_00_00_00 + this.below(0x1_00_00_00)).toString(16).slice(1);
    return text.slice(0, digits);
  }
}
