/** First contact: is this server one that DevStack supports, with room to work and a clock that agrees? */
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import { parseFacts, READ_FACTS } from '../remote/commands/facts.ts';
import { judgeDistro } from '../roles/judge-distro.ts';
import { accessInput } from './node-access.ts';
import { scriptStep } from './script-step.ts';

const LARGEST_SKEW_S = 30;
const LEAST_DISK_KB = 6 * 1024 * 1024;

export const checkServer = scriptStep({
  kind: 'check-server',
  version: 1,
  repeat: 'read',
  input: accessInput.extend({ isForced: z.boolean() }),
  output: z.object({
    distro: z.string(),
    version: z.string(),
    init: z.string(),
    diskFreeKb: z.number(),
    memoryKb: z.number(),
  }),
  timeLimitMs: 5 * 60_000,
  title: () => 'check distribution, disk and clock',
  prepare: () => ({ script: READ_FACTS, env: {} }),
  conclude(text, context, { node, isForced }) {
    const facts = parseFacts(text);
    const distro = facts['distro'] ?? 'unknown';
    const version = facts['version'] ?? '';
    const diskFreeKb = Number(facts['disk_free_kb'] ?? 0);
    const { refusal, warning } = judgeDistro(context.ports.cluster.layout.devstack.ref, { distro, version });
    if (!isForced && refusal !== null) {
      throw new BuilderError('distro', `${node} runs ${`${distro} ${version}`.trim()}; ${refusal.message}`, {
        at: `check-server/${node}`,
        state: 'the servers exist; nothing was installed on them',
        fix: `${refusal.fix}: ./builder destroy, then create it anew`,
      });
    }
    if (warning !== null) context.report(warning);
    if (diskFreeKb < LEAST_DISK_KB) {
      throw new BuilderError(
        'server-disk-full',
        `${node} has ${Math.floor(diskFreeKb / 1024)} MiB free on /; DevStack needs 6 GiB`,
        {
          at: `check-server/${node}`,
          fix: 'choose a flavor with a larger disk',
        },
      );
    }
    const skewS = Math.abs(Number(facts['epoch_seconds'] ?? 0) - context.ports.clock.now().getTime() / 1000);
    if (skewS > LARGEST_SKEW_S) {
      throw new BuilderError('clock-skew', `the clock of ${node} differs from ours by ${Math.round(skewS)} s`, {
        at: `check-server/${node}`,
        fix: 'set the time on both sides, then run the same command again',
      });
    }
    return { distro, version, init: facts['init'] ?? '', diskFreeKb, memoryKb: Number(facts['memory_kb'] ?? 0) };
  },
});
