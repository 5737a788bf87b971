/** The programs of a cluster with TLS: a CA made up on one node, and kept by every node that is given it. */
import { createHash } from 'node:crypto';
import { type Change, nodeKey, remove } from '../world.ts';
import { hasDone } from './job-kinds.ts';
import { keptFile, writeFile } from './node-files.ts';
import { fails, lasting, says, shellError } from './program-parts.ts';
import type { NodeView, Program, ProgramCall, ProgramTable } from './view.ts';

const PACKED = '/run/builder-ca/ca.tar.gz';
const KEYS = '/run/builder-ca/keys.pem';
const ROOT_CERTIFICATE = '/opt/stack/data/CA/root-ca/cacert.pem';

/** Nobody reads what is in it. */
function pem(kind: string, seed: string): string {
  const lines = Array.from({ length: 20 }, (_, index) =>
    createHash('sha384').update(`${kind} ${seed} ${index}`).digest('base64'),
  );
  return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`;
}

function makeCa(call: ProgramCall): Program {
  const { view } = call;
  if (!hasDone(view, 'clone-devstack')) {
    return fails(2, [shellError(call, 19, "cd: can't cd to /opt/stack/devstack")]);
  }
  const seed = view.uuid();
  return says(['Signature ok', 'Database updated'], lasting(call, 500, 1_500), [
    writeFile(view, PACKED, pem('PRIVATE KEY', seed) + pem('CERTIFICATE', seed)),
    writeFile(view, KEYS, pem('PRIVATE KEY', seed)),
  ]);
}

function installCa(call: ProgramCall): Program {
  const { env, view } = call;
  const packed = Buffer.from(env['CA'] ?? '', 'base64').toString();
  const certificate = Buffer.from(packed.slice(packed.indexOf('-----BEGIN CERTIFICATE')));
  const drop = (path: string) => remove('file', nodeKey(view.server.id, path));
  return says(
    [
      `ca_digest=${createHash('sha256').update(certificate).digest('hex')}`,
      `ca_certificate=${certificate.toString('base64')}`,
    ],
    lasting(call, 100, 300),
    [writeFile(view, ROOT_CERTIFICATE, certificate.toString()), drop(PACKED), drop(KEYS)],
  );
}

/** What unstack.sh leaves of a CA: nothing. */
export function removeCa({ server }: NodeView): readonly Change[] {
  return [remove('file', nodeKey(server.id, ROOT_CERTIFICATE))];
}

/** Whether both were given the same CA: a stack.sh that finds none makes its own, which nobody else trusts. */
export function isTrusted(view: NodeView, other: NodeView): boolean {
  const [ours, theirs] = [view, other].map((each) => keptFile(each, ROOT_CERTIFICATE));
  return ours !== null && ours !== undefined && theirs?.equals(ours) === true;
}

export const CERTIFICATE_PROGRAMS: ProgramTable = { 'make-ca': makeCa, 'install-ca': installCa };
