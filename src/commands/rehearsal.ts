/** `rehearsal serve`: keeps a rehearsal cloud up in the foreground, for trying any OpenStack client on it. */
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import type { Command, RehearsalAccess } from './command.ts';
import { parseOptions } from './parse-options.ts';
import { addRehearsalOptions, rehearsalOf } from './rehearsal-options.ts';
import { addFormatOption, addSharedOptions, parseSharedOptions } from './shared-options.ts';

const options = z.object({ action: z.enum(['serve']) });

/** As openstacksdk takes it: `openstack.connect(auth=…, region_name=…)`. */
function describeAccess({ url, credentials }: RehearsalAccess): Record<string, unknown> {
  return {
    url,
    auth: {
      auth_url: credentials['OS_AUTH_URL'],
      username: credentials['OS_USERNAME'],
      password: credentials['OS_PASSWORD'],
      project_name: credentials['OS_PROJECT_NAME'],
      user_domain_name: credentials['OS_USER_DOMAIN_NAME'],
      project_domain_name: credentials['OS_PROJECT_DOMAIN_NAME'],
    },
    region_name: credentials['OS_REGION_NAME'],
    identity_api_version: '3',
  };
}

/** Lines for a shell to read; nothing in them needs quotes. */
function renderOpenrc(credentials: RehearsalAccess['credentials']): string {
  return Object.entries(credentials)
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('');
}

/** Resolves when the signal aborts: that is how serving ends. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

export const rehearsal: Command = {
  name: 'rehearsal',
  usage: 'rehearsal <action>',
  summary: 'serve: keep a rehearsal cloud up, for any OpenStack client',
  options: (y) =>
    addFormatOption(addRehearsalOptions(addSharedOptions(y))).positional('action', {
      choices: ['serve'] as const,
      describe: 'what to do with it',
    }),
  async run(args, io) {
    const shared = parseSharedOptions(args, io);
    parseOptions(options, args);
    if (shared.format !== 'table' && shared.format !== 'json')
      throw new BuilderError('bad-option', `--format ${shared.format}`, { fix: 'use json, or leave it out' });
    const access = await io.rehearse(rehearsalOf(shared));
    io.stdout(
      shared.format === 'json' ? `${JSON.stringify(describeAccess(access))}\n` : renderOpenrc(access.credentials),
    );
    io.stderr(
      `a rehearsal cloud is served at ${access.url} until Ctrl-C; what it holds is kept in ${shared.stateFolder}/rehearsal\n`,
    );
    await aborted(io.signal);
    return 0;
  },
};
