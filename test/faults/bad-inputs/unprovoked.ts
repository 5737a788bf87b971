/** Rows that are not provoked here, and why. */

/** A test that is named tries the fault elsewhere; not all of them look at every word. */
export const UNPROVOKED: Readonly<Record<number, string>> = {
  34: '20 minutes of real time; test/unit/steps/long-waits.test.ts has a clock of its own',
  40: 'cannot happen: each server is given its host key, and who shows another is row 39',
  44: '30 minutes of real time; test/unit/steps/long-waits.test.ts',
  45: '3 hours of real time; test/unit/steps/long-waits.test.ts',
  47: 'a simulated server has no supervisor to kill; test/unit/steps/long-waits.test.ts, and test/hosts on a real one',
  49: 'a simulated server keeps its logs as they are; test/hosts/ssh-remote.test.ts on a real one',
  51: 'simulated servers share the clock of this machine; test/unit/steps/long-waits.test.ts',
  55: 'no test may mount a network file system; test/unit/journal/open.test.ts has its facts',
  61: 'needs a small disk of its own: test/hosts/full-disk.test.ts',
  66: 'no test may put the machine to sleep; test/unit/cluster/tell-sleep.test.ts has a clock of its own',
  70: 'a quarter of an hour of real time; test/unit/cluster/empty-cloud.test.ts',
  72: 'the mark must change between two looks; test/unit/cluster/empty-cloud.test.ts',
  73: 'cannot happen: nothing makes the builder trust a host key that it does not know',
};
