/** The programs that give a rehearsed server a host key of its own. */
import { hostKeyFor, publicHostKey } from '../host-key.ts';
import { put } from '../world.ts';
import { keptFile, writeFile } from './node-files.ts';
import { fails, lasting, says } from './program-parts.ts';
import type { Program, ProgramCall, ProgramTable } from './view.ts';

/** The real script moves it away when it installs it; here it stays, and nobody can look for it. */
const MADE = '/etc/ssh/builder-host-key/made';

function makeHostKey(call: ProgramCall): Program {
  const kept = keptFile(call.view, MADE)?.toString('utf8');
  const made = kept ?? hostKeyFor('');
  const changes = kept === undefined ? [writeFile(call.view, MADE, made)] : [];
  return says([`host_key=${publicHostKey(made)}`], lasting(call, 200, 600), changes);
}

/** New connections are shown the new key at once. */
function installHostKey(call: ProgramCall): Program {
  const { server } = call.view;
  const made = keptFile(call.view, MADE)?.toString('utf8');
  if (made === undefined || publicHostKey(made) !== call.env['HOST_KEY']) {
    return fails(1, ['made is not the host key that was recorded']);
  }
  return says([], lasting(call, 300, 800), [put('server', server.id, { ...server, hostKey: made })]);
}

export const HOST_KEY_PROGRAMS: ProgramTable = {
  'make-host-key': makeHostKey,
  'install-host-key': installHostKey,
};
