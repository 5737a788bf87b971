/** The scripts of the remote port's suite: run by shells of real nodes, told by remote-programs.ts where nothing is run. */

/** Written, read and removed; its name wants quoting. */
export const PROBE_FILE = '/tmp/builder contract';

export const SCRIPTS = {
  speakAndFail: 'echo out; echo err >&2; exit 7',
  tellTime: 'date +%s%N',
  killSelf: 'kill -9 $$',
  exitLikeKilled: 'exit 137',
  sayOne: 'echo one',
  sayTwo: 'echo two',
  echoValue: 'printf %s "$VALUE"; sh -c \'printf %s "$VALUE"\' | sha256sum',
  showSurroundings: 'cat; umask; pwd; id -u; test -z "$SSH_CONNECTION" && echo clean',
  count: 'for i in 1 2 3; do echo $i; sleep 0.2; done; printf "\\0\\377end"; exit 3',
  hang: 'echo begun; sleep 60',
  hangInGroup: 'sleep 61 & echo begun; wait',
  writeFile: `printf 0123456789 >"${PROBE_FILE}"`,
  removeFile: `rm "${PROBE_FILE}"`,
  speakTwice: 'echo begun; sleep 3; echo ended',
  leaveDaemon: 'echo before; setsid sh -c "sleep 20; echo late" & exit 0',
  leaveWriter: '(sleep 0.5; echo late) & echo first',
  flood: 'head -c 5000000 /dev/urandom',
} as const;
