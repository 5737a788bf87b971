/** The simulated servers as SSH sees them: each with its host key, its logins, and commands answered by the model. */
import type { Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import type { ServerRow } from './world.ts';

/** What stands behind the connections. */
export interface SshDesk {
  /** Users with their public keys (OpenSSH form, no comment). */
  loginsOf(server: ServerRow): ReadonlyMap<string, readonly string[]>;
  /** Whether a command wants what comes on its stdin, to the end. */
  readsStdin(command: string): boolean;
  /** One command with all of its stdin; null when the connection is to be cut instead of answered. */
  answer(server: ServerRow, command: string, stdin: Buffer): Promise<SshAnswer | null>;
}

export interface SshAnswer {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number;
}

function isGranted(context: AuthContext, logins: ReadonlyMap<string, readonly string[]>): boolean {
  if (context.method !== 'publickey') return false;
  const shown = `${context.key.algo} ${context.key.data.toString('base64')}`;
  if (logins.get(context.username)?.includes(shown) !== true) return false;
  // Without a signature the client only asks whether it is worth signing.
  if (context.signature === undefined) return true;
  const key = ssh2.utils.parseKey(shown);
  if (key instanceof Error) return false;
  // An Error may come back where the types say true or false.
  const verdict: unknown = key.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo);
  return verdict === true;
}

async function readAll(channel: ServerChannel): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of channel) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function handle(client: Connection, socket: Socket, server: ServerRow, desk: SshDesk): void {
  client.on('authentication', (context) => {
    if (isGranted(context, desk.loginsOf(server))) context.accept();
    else context.reject(['publickey']);
  });
  // A client that goes away in the middle is no event here.
  client.on('error', () => undefined);
  client.on('session', (acceptSession) => {
    const session = acceptSession();
    session.on('pty', (accept) => accept());
    // A login is answered like any command the servers do not know.
    session.on('shell', (accept) => void converse(accept(), '', socket, server, desk));
    session.on('exec', (accept, _reject, { command }) => {
      void converse(accept(), command, socket, server, desk);
    });
  });
}

async function converse(
  channel: ServerChannel,
  command: string,
  socket: Socket,
  server: ServerRow,
  desk: SshDesk,
): Promise<void> {
  channel.on('error', () => undefined);
  const answer = await desk.answer(
    server,
    command,
    desk.readsStdin(command) ? await readAll(channel) : Buffer.alloc(0),
  );
  if (answer === null) {
    socket.destroy();
    return;
  }
  if (!channel.writable) return;
  if (answer.stderr !== '') channel.stderr.write(answer.stderr);
  channel.write(answer.stdout, () => {
    channel.exit(answer.code);
    channel.end();
  });
}

/** Speaks SSH on a connected socket as this server; `hostKey` (OpenSSH private key) is what it shows. */
export function serveSsh(socket: Socket, server: ServerRow, hostKey: string, desk: SshDesk): void {
  const sshd = new ssh2.Server({ hostKeys: [hostKey], ident: 'rehearsal' });
  sshd.on('connection', (client: Connection) => handle(client, socket, server, desk));
  sshd.injectSocket(socket);
}
