/** Which commit each project of a stacked node was built from. */
import { AS_STACK } from './stack-user.ts';

/** Prints `commit=NAME ID URL` for every git checkout below /opt/stack, URL `-` for one that came from nowhere. */
export const READ_COMMITS = `set -eu
as_stack() { ${AS_STACK} "$@" </dev/null; }
for checkout in /opt/stack/*/.git; do
  [ -e "$checkout" ] || continue
  project=\${checkout%/.git}
  commit=$(as_stack git -C "$project" rev-parse HEAD)
  url=$(as_stack git -C "$project" config --get remote.origin.url || echo -)
  echo "commit=\${project##*/} $commit $url"
done
`;
