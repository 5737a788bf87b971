/** Faults of which the builders do not know when they end: they do so when `calm` is called. */
import { type FaultRule, type FaultScript, faultScriptOf } from '../../src/rehearsal/faults.ts';

/** One of the rules of a script, as people write it. */
export type Said = NonNullable<Parameters<typeof faultScriptOf>[0]['faults']>[number];

export class PassingFaults implements FaultScript {
  readonly quotas = {};
  private current: readonly FaultRule[];

  constructor(faults: readonly Said[]) {
    this.current = faultScriptOf({ version: 1, faults: [...faults] }).rules;
  }

  get rules(): readonly FaultRule[] {
    return this.current;
  }

  calm(): void {
    this.current = [];
  }
}
