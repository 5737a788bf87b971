/** Every text that the builder has a node's shell run: the constants of `remote/commands`, what its functions make, and the agent. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readAgentText } from '../../src/remote/agent-text.ts';
import { ownPluginFiles } from '../../src/remote/commands/devstack-plugin.ts';
import { writeFiles } from '../../src/remote/commands/upload.ts';
import { installFilesScript, userStepScript } from '../../src/remote/commands/user-files.ts';
import { WAITING } from '../../src/roles/waiting.ts';

export interface RemoteScript {
  /** Of the export. */
  readonly name: string;
  readonly text: string;
  readonly shell: 'sh' | 'bash';
}

const COMMANDS = new URL('../../src/remote/commands/', import.meta.url);

/** DevStack's own shell is bash, and it sources the texts of these files; all others are run by sh. */
const SOURCED_BY_DEVSTACK: ReadonlySet<string> = new Set(['devstack-plugin.ts']);

/** Functions that make scripts, each with what it makes of an example. */
const MADE: ReadonlyMap<string, string> = new Map([
  [
    'installFilesScript',
    installFilesScript([{ path: '/etc/a', base64: 'ZWNobyBoaQo=', mode: '0644', owner: 'stack:stack' }]),
  ],
  ['userStepScript', userStepScript('user-step-1', { path: 'file', base64: 'ZWNobyBoaQo=', mode: 0o700 })],
  ['ownPluginFiles', Buffer.from(ownPluginFiles(WAITING)[0]?.base64 ?? '', 'base64').toString()],
  ['writeFiles', writeFiles('/opt/files', [{ path: 'devstack/plugin.sh', base64: 'ZWNobyBoaQo=', mode: 0o755 }])],
]);
/** Functions beside them that make none. */
const NO_SCRIPTS: ReadonlySet<string> = new Set(['isUploadablePath', 'parseFacts', 'renderUserData']);

/** Parts of other scripts, which are looked at there: alone they miss what stands around them. */
const PARTS: ReadonlySet<string> = new Set([
  'ADMIN_WORDS',
  'ERRORS_ALONE',
  'MEND_PACKAGES',
  'PUT',
  'putProgram',
  'RESOURCES',
  'startUnit',
  'VERIFY_WORDS',
  'WAY_OUT',
  'writeContent',
]);

/** Throws a sentence for a function of which nobody has said whether it makes a script. */
export async function listRemoteScripts(): Promise<readonly RemoteScript[]> {
  const scripts: RemoteScript[] = [{ name: 'agent', text: readAgentText(), shell: 'sh' }];
  for (const file of readdirSync(COMMANDS).sort()) {
    const shell = SOURCED_BY_DEVSTACK.has(file) ? 'bash' : 'sh';
    const module = (await import(fileURLToPath(new URL(file, COMMANDS)))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) {
      if (PARTS.has(name)) continue;
      const text = typeof value === 'function' ? MADE.get(name) : value;
      if (typeof value === 'function' && text === undefined && !NO_SCRIPTS.has(name))
        throw new Error(`remote/commands/${file}: say in test/support/remote-scripts.ts what script ${name} makes`);
      // How to become another user is no script either, but words within a line.
      if (typeof text === 'string' && text.includes('\n')) scripts.push({ name, text, shell });
    }
  }
  return scripts;
}
