/** Our own DevStack plugin: what a node's stack.sh must do in the middle, and DevStack has no setting for (devstack.md sections 1.8, 2.10). */
import type { UploadedFile } from './upload.ts';

/** What it is called by enable_plugin; it stands in a folder of that name beside the checkout, and its variables begin with BUILDER_. */
export const OWN_PLUGIN = 'builder';

/** While this is missing, a stack.sh whose BUILDER_WAIT_FOR names it goes no further than its sources. */
export const RELEASE_FILE = '/opt/stack/.builder-released';

/** What stack.sh's summary says of the waiting. */
export interface WaitingWords {
  readonly begun: string;
  readonly over: string;
}

/**
 * DevStack sources this text in each of its phases, in a bash that ends at the first command that fails. The phase `install` comes
 * when all sources are there, and before anything is configured or started.
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

case "$1/$2" in
stack/install)
    if [[ -n "\${BUILDER_WAIT_FOR:-}" ]]; then
        builder_wait
    fi
    ;;
esac
`;
}

/** The plugin's files, to be installed as any other plugin is. */
export function ownPluginFiles(words: WaitingWords): readonly UploadedFile[] {
  return [{ path: 'devstack/plugin.sh', base64: Buffer.from(pluginText(words)).toString('base64'), mode: 0o644 }];
}
