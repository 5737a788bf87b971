/** Files that scripts leave on a node for its later boots: where they are, how each is written, and programs that run again by a unit. */

export const FOLDER = '/etc/builder';

/** A word for scripts: `put PATH MODE`, its text by stdin. The file is there whole or not at all. */
export const PUT = `put() {
  cat >"$1.new"
  chmod "$2" "$1.new"
  mv -f "$1.new" "$1"
}
`;

/** A program of ours that makes a bridge of Open vSwitch what it has to be, as often as it is run. */
export interface KeptProgram {
  readonly path: string;
  readonly text: string;
  readonly unit: string;
  readonly description: string;
  /** Units that need what it makes. */
  readonly before: readonly string[];
}

/** After Open vSwitch, whenever that starts: in userspace the bridge's device is made anew then. */
function unitText({ path, description, before }: KeptProgram): string {
  return `[Unit]
Description=${description}
After=ovs-vswitchd.service openvswitch-switch.service openvswitch.service
PartOf=ovs-vswitchd.service
${before.length === 0 ? '' : `Before=${before.join(' ')}\n`}
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${path}

[Install]
WantedBy=multi-user.target ovs-vswitchd.service
`;
}

/** For scripts with `put`: the program and its unit, with the folders for both and for what it reads. */
export function putProgram(program: KeptProgram): string {
  const unit = `/etc/systemd/system/${program.unit}`;
  return `install -d -m 0755 ${FOLDER} /usr/local/sbin
put ${program.path} 0755 <<'END_OF_PROGRAM'
${program.text}END_OF_PROGRAM
put ${unit} 0644 <<'END_OF_UNIT'
${unitText(program)}END_OF_UNIT
sync ${program.path} ${unit}
`;
}

/** For scripts: from now on and after each boot. */
export function startUnit({ unit }: KeptProgram): string {
  return `systemctl daemon-reload
systemctl enable ${unit}
systemctl start ${unit}
`;
}
