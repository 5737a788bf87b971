/** What a server's console has said by now: the kernel's lines, cloud-init's, and its host key once sshd is up. */
import { injectedHostKey, publicHostKey } from './host-key.ts';
import { type Boot, bootOf } from './server-life.ts';
import type { ServerRow } from './world.ts';

/** Lines with the share of the boot at which they appear; sshd is up at 1. */
function bootLines(server: ServerRow): readonly (readonly [share: number, text: string])[] {
  // cloud-init told it once, before a job could give the server another.
  const firstKey = injectedHostKey(server.userData) ?? server.hostKey;
  return [
    [0, 'Linux version 6.1.0-31-cloud-amd64 (gcc-12) #1 SMP PREEMPT_DYNAMIC'],
    [0, 'Command line: root=/dev/vda1 ro console=tty0 console=ttyS0,115200'],
    [0.05, 'virtio_blk virtio1: [vda] attached'],
    [0.1, 'EXT4-fs (vda1): mounted filesystem with ordered data mode'],
    [0.2, 'systemd[1]: Started Journal Service.'],
    [0.35, "cloud-init: Cloud-init running 'init-local'"],
    [0.5, "cloud-init: Cloud-init running 'init'"],
    [0.6, 'cloud-init: ci-info: | ens3 | True |'],
    [0.75, "cloud-init: Cloud-init running 'modules:config'"],
    [0.9, "cloud-init: Cloud-init running 'modules:final'"],
    [1, '-----BEGIN SSH HOST KEY KEYS-----'],
    [1, `${publicHostKey(firstKey)} root@${server.name}`],
    [1, '-----END SSH HOST KEY KEYS-----'],
    [1, ''],
    [1, `${server.name} login: `],
  ];
}

function stamp(afterMs: number): string {
  return `[${(afterMs / 1000).toFixed(6).padStart(12)}] `;
}

function bootText(server: ServerRow, boot: Boot, nowMs: number): readonly string[] {
  return bootLines(server)
    .filter(([share]) => nowMs - boot.atMs >= share * server.sshAfterMs)
    .map(([share, text]) => (share < 1 ? `${stamp(share * server.sshAfterMs)}${text}` : text));
}

/** The lines of the boot that the server runs in; none before it booted. */
export function consoleLines(server: ServerRow, nowMs: number): readonly string[] {
  const boot = bootOf(server, nowMs);
  return boot === null ? [] : bootText(server, boot, nowMs);
}
