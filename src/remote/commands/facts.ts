/** What a server is: read before forty minutes are spent on it. */

/** Prints `name=value` lines: distro, version, codename, kernel, memory, disk of /opt, clock, and whether PID 1 is systemd. */
export const READ_FACTS = `set -eu
# shellcheck source=/dev/null
. /etc/os-release
echo "distro=\${ID:-unknown}"
echo "version=\${VERSION_ID:-}"
echo "codename=\${VERSION_CODENAME:-}"
echo "kernel=$(uname -r)"
echo "memory_kb=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)"
echo "disk_free_kb=$(df -kP / | awk 'NR == 2 { print $4 }')"
echo "epoch_seconds=$(date +%s)"
echo "init=$(cat /proc/1/comm)"
`;

/** The `name=value` lines of a script's output as a record; other lines are ignored. */
export function parseFacts(output: string): Readonly<Record<string, string>> {
  const pairs = output.split('\n').flatMap((line) => {
    const match = /^([a-z_]+)=(.*)$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1], match[2] ?? ''] as const];
  });
  return Object.fromEntries(pairs);
}
