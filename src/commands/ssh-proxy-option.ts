/** `--ssh-proxy`: the HTTP proxy that leads to the servers, for verbs that reach them. */
import type { Argv } from 'yargs';
import { z } from 'zod';
import type { Io } from './command.ts';
import { parseOptions } from './parse-options.ts';

/**
 * Narrower than URLs are: the redactor hides a password of these letters wherever it stands in a command line, and a user name
 * of these is, decoded, one line of ASCII.
 */
const SSH_PROXY =
  /^(?!.*%(?![2-7][\da-f]))http:\/\/([\w.~%-]{1,63}(:[\w.~%!$*+=-]{1,1000})?@)?([a-z\d.-]+|\[[\da-f:.]+\]):\d+\/?$/i;

const options = z.object({
  sshProxy: z
    .string()
    .refine(
      (text) => SSH_PROXY.test(text) && URL.canParse(text),
      'must be http://[USER:PASSWORD@]HOST:PORT, special characters as %XX; it may come from BUILDER_SSH_PROXY',
    )
    .optional(),
});

export function addSshProxyOption(y: Argv): Argv {
  return y.option('ssh-proxy', {
    type: 'string',
    requiresArg: true,
    describe: 'HTTP proxy to the servers: http://[USER:PASSWORD@]HOST:PORT (BUILDER_SSH_PROXY)',
  });
}

/** The option, or BUILDER_SSH_PROXY; null for neither. Throws `bad-option`. */
export function parseSshProxy(args: Record<string, unknown>, { environment }: Pick<Io, 'environment'>): string | null {
  const sshProxy = args['sshProxy'] ?? (environment['BUILDER_SSH_PROXY'] || undefined);
  return parseOptions(options, { sshProxy }).sshProxy ?? null;
}
