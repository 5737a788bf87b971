/** Our own DevStack plugin: what a node's stack.sh must do in the middle, and DevStack has no setting for (devstack.md sections 1.8, 2.10). */
import type { UploadedFile } from './upload.ts';

/** While this is missing, a stack.sh whose BUILDER_WAIT_FOR names it goes no further than its sources. */
export const RELEASE_FILE = '/opt/stack/.builder-released';

/** What stack.sh's summary says of the waiting. */
export interface WaitingWords {
  readonly begun: string;
  readonly over: string;
}

/**
 * DevStack makes databases of cells, and tells nova of cells, on the node with nova-api alone, for cells of that node alone. The
 * names of its functions and variables are the same on every branch. It has written all of the conductor's configuration by itself when
 * this runs, but for neutron's part, which it is writing at the same time: so nothing here may write to that file.
 */
const CELL_FUNCTIONS = `# The database of the cell that this node hosts.
function builder_make_cell {
    init_nova_db "nova_cell$1" "$(conductor_conf "$1")"
}

function builder_has_cell {
    "$NOVA_BIN_DIR/nova-manage" cell_v2 list_cells --verbose |
        CELL=$1 QUEUE=$2 DATABASE=$3 awk -F ' *[|] *' '
            $2 == ENVIRON["CELL"] && $4 == ENVIRON["QUEUE"] && $5 == ENVIRON["DATABASE"] && $6 == "False" { found = 1 }
            END { exit !found }'
}

# Tells nova of a cell on another node, before anything starts here that asks for the cells once in its life.
function builder_map_cell {
    local trace name=cell$1 host=$2 status=0
    trace=$(set +o | grep xtrace)
    # The trace would show the passwords.
    set +o xtrace
    local queue="rabbit://$RABBIT_USERID:$RABBIT_PASSWORD@$host:5672/nova_$name"
    local database="mysql+pymysql://$DATABASE_USER:$DATABASE_PASSWORD@$host/nova_$name?charset=utf8"
    "$NOVA_BIN_DIR/nova-manage" cell_v2 create_cell --name "$name" \\
        --transport-url "$queue" --database_connection "$database" || status=$?
    # One of the two is some cell's already: well, if both are this one's.
    if [[ $status -eq 2 ]] && builder_has_cell "$name" "$queue" "$database"; then
        status=0
    fi
    if [[ $status -ne 0 ]]; then
        die $LINENO "nova could not be told of $name on $host"
    fi
    $trace
}
`;

/**
 * DevStack sources this text in each of its phases, in a bash that ends at the first command that fails. The phase `install` comes
 * when all sources are there, and before anything is configured or started; `post-config` when nova's databases are made, and before
 * any of its services is started.
 */
function pluginText({ begun, over }: WaitingWords): string {
  return `# shellcheck shell=bash
# The builder's own plugin: DevStack sources it in each phase, with the phase as its words.

# There is no limit here: whoever runs stack.sh ends it when it takes too long.
function builder_wait {
    local trace
    trace=$(set +o | grep xtrace)
    echo_summary "${begun}"
    # A trace of every look would be the whole log.
    set +o xtrace
    while [[ ! -e "$BUILDER_WAIT_FOR" ]]; do
        sleep 2
    done
    $trace
    echo_summary "${over}"
}

${CELL_FUNCTIONS}
case "$1/$2" in
stack/install)
    if [[ -n "\${BUILDER_WAIT_FOR:-}" ]]; then
        builder_wait
    fi
    ;;
stack/post-config)
    if [[ -n "\${BUILDER_CELL:-}" ]]; then
        builder_make_cell "$BUILDER_CELL"
    fi
    for place in \${BUILDER_REMOTE_CELLS:-}; do
        builder_map_cell "\${place%%=*}" "\${place#*=}"
    done
    ;;
esac
`;
}

/** The plugin's files, for `INSTALL_OWN_PLUGIN`; `words` are what its waiting is told by. */
export function ownPluginFiles(words: WaitingWords): readonly UploadedFile[] {
  return [{ path: 'devstack/plugin.sh', base64: Buffer.from(pluginText(words)).toString('base64'), mode: 0o644 }];
}
