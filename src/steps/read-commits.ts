/** What a node was built from: the commit of every project, as stack.sh left it. */
import { z } from 'zod';
import { READ_COMMITS } from '../remote/commands/read-commits.ts';
import { accessInput } from './node-access.ts';
import { commitsOutput } from './outputs.ts';
import { scriptStep } from './script-step.ts';

const LINE = /^commit=(\S+) ([0-9a-f]{40,64}) (\S+)$/;

export const readCommits = scriptStep({
  kind: 'read-commits',
  version: 1,
  repeat: 'read',
  input: accessInput,
  output: commitsOutput,
  timeLimitMs: 5 * 60_000,
  title: () => 'read the commits it was built from',
  prepare: () => ({ script: READ_COMMITS, env: {} }),
  conclude: (output): z.infer<typeof commitsOutput> => ({
    projects: output.split('\n').flatMap((line) => {
      const [, name, commit, url] = LINE.exec(line) ?? [];
      if (name === undefined || commit === undefined || url === undefined) return [];
      return [{ name, commit, url: url === '-' ? null : url }];
    }),
  }),
});
