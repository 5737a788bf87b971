/** Files that scripts leave on a node for its later boots: where they are, and how each is written. */

export const FOLDER = '/etc/builder';

/** A word for scripts: `put PATH MODE`, its text by stdin. The file is there whole or not at all. */
export const PUT = `put() {
  cat >"$1.new"
  chmod "$2" "$1.new"
  mv -f "$1.new" "$1"
}
`;
