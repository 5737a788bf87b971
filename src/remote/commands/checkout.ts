/** DevStack's checkout on a node: pinned commit, patches, plugin. */
import { RELEASE_FILE } from './devstack-plugin.ts';
import { AS_STACK, CHECKOUT } from './stack-user.ts';

/** Git of user stack, able to commit (git am) and without hints in the log. */
export const CONFIGURE_GIT = `set -eu
as_stack() { ${AS_STACK} "$@" </dev/null; }
cd /opt/stack
as_stack git config --global user.name builder
as_stack git config --global user.email builder@localhost
as_stack git config --global advice.detachedHead false
as_stack git config --global init.defaultBranch master
as_stack git config --global protocol.version 2
`;

/**
 * Environment: REPO, REF, COMMIT, and the proxy variables where there is a proxy. Exit 100 when the repository was not reached. The commit is fetched by its id, and where a server
 * refuses that, through its ref; the checkout appears under its name only when it is whole.
 */
export const CLONE_DEVSTACK = `set -eu
as_stack() {
  ${AS_STACK} http_proxy="\${http_proxy:-}" https_proxy="\${https_proxy:-}" no_proxy="\${no_proxy:-}" "$@" </dev/null
}
cd /opt/stack
if [ ! -d ${CHECKOUT}/.git ]; then
  rm -rf ${CHECKOUT}.new ${CHECKOUT}
  as_stack git init -q ${CHECKOUT}.new
  as_stack git -C ${CHECKOUT}.new remote add origin "$REPO"
  as_stack git -C ${CHECKOUT}.new fetch -q --depth 1 origin "$COMMIT" ||
    as_stack git -C ${CHECKOUT}.new fetch -q origin "$REF" || exit 100
  as_stack git -C ${CHECKOUT}.new checkout -q -B builder "$COMMIT"
  mv -T ${CHECKOUT}.new ${CHECKOUT}
fi
as_stack git -C ${CHECKOUT} checkout -q -f -B builder "$COMMIT"
test "$(as_stack git -C ${CHECKOUT} rev-parse HEAD)" = "$COMMIT"
`;

/** Environment: COMMIT, PATCHES = folder of the uploaded patches, applied in the order of their names on the pinned commit. */
export const APPLY_PATCHES = `set -eu
as_stack() { ${AS_STACK} "$@" </dev/null; }
chmod 0755 "$PATCHES"
cd ${CHECKOUT}
as_stack git am --abort >/dev/null 2>&1 || true
as_stack git reset -q --hard "$COMMIT"
for patch in "$PATCHES"/*; do
  as_stack git am -q "$patch" || { echo "patch \${patch##*/} does not apply"; exit 1; }
done
rm -rf "$PATCHES"
`;

/** Environment: PLUGIN = name, UPLOADED = folder; becomes the one-commit repository /opt/stack/PLUGIN, which DevStack keeps as it is. */
export const INSTALL_PLUGIN = `set -eu
as_stack() { ${AS_STACK} "$@" </dev/null; }
target="/opt/stack/$PLUGIN"
rm -rf "$target"
cp -r "$UPLOADED" "$target"
rm -rf "$UPLOADED"
chown -R stack:stack "$target"
cd "$target"
as_stack git init -q
as_stack git add -A
as_stack git commit -q -m "$PLUGIN"
`;

/**
 * The same for our own plugin, which many nodes need: with RECLONE, DevStack fetches it from its origin. A server may be made from the
 * image of one that was released once.
 */
export const INSTALL_OWN_PLUGIN = `${INSTALL_PLUGIN}as_stack git remote add origin "file://$target"
rm -f ${RELEASE_FILE}
`;
