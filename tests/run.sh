#!/usr/bin/env bash
# The one test command: builds everything and runs every test, in the embedded house and in the full one.
# Usage: tests/run.sh [--embedded] [NEXTEST-ARGUMENTS…]
# Servers are private, on free loopback ports in temporary folders, and end with the run. What is missing of
# them and of Chromium is installed when this is root. --embedded needs none and leaves out the full house
# and the browser.
set -euo pipefail
cd "$(dirname "$0")/.."
house=full
case "${1:-}" in
  --embedded) house=embedded; shift ;;
  --among-servers) house=among-servers; shift ;;   # how this script calls itself
esac

# Says which packages of the distribution are missing.
missing() {
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && command -v epmd >/dev/null || echo rabbitmq-server
  command -v redis-server >/dev/null || echo redis-server
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
  compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || echo libfaketime
  [ -x /usr/bin/chromium ] || echo chromium
  command -v node >/dev/null || echo nodejs
  command -v npm >/dev/null || echo npm
}

# From the distribution; nothing that is installed starts by itself.
install() {
  local policy=/usr/sbin/policy-rc.d ours=
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing. As root: apt-get install --no-install-recommends $*" >&2
    echo "Without them: tests/run.sh --embedded" >&2
    exit 1
  fi
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' > $policy; chmod 755 $policy; ours=$policy; }
  mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/none.conf
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -yq --no-install-recommends "$@"; } >/tmp/shouwen-install.log 2>&1 ||
    { rm -f $ours; tail -20 /tmp/shouwen-install.log >&2; exit 1; }
  rm -f $ours
}

# What the scripts of the browser tests drive Chromium with, as their lock file names it.
scripts() {
  cmp -s tests/browser/package-lock.json tests/browser/node_modules/.installed && return
  npm ci --prefix tests/browser --silent --no-audit --no-fund
  cp tests/browser/package-lock.json tests/browser/node_modules/.installed
}

# A crash test asks whether bytes survive their process, which they do in memory too; a disk that
# is busy with other things only makes every test wait.
memory=/dev/shm
if [ -z "${TMPDIR:-}" ] && [ -w $memory ] && [ "$(df --output=avail -k $memory | tail -1)" -gt $((6 * 1024 * 1024)) ]; then
  export TMPDIR=$memory
fi

# A story that failed says in words where; a hundred frames below them hide the words.
export RUST_LIB_BACKTRACE="${RUST_LIB_BACKTRACE:-0}"

[ $house = among-servers ] || cargo build --quiet --workspace --locked --bins
if cargo nextest --version >/dev/null 2>&1; then
  run=(cargo nextest run --workspace --locked --no-fail-fast --status-level slow --final-status-level slow)
  embedded=(-E 'not test(/(^|::)(full|browser)::/)')
  again=(-E 'package(it) and not test(/^(embedded|full|tidy)::/)')
else
  run=(cargo test --quiet --workspace --locked --no-fail-fast)
  embedded=(-- --skip full:: --skip browser::)
  again=(--test it -- --skip embedded:: --skip full:: --skip tidy::)
fi
case $house in
  embedded) exec "${run[@]}" "$@" "${embedded[@]}" ;;
  among-servers)
    failed=0
    "${run[@]}" "$@" || failed=1
    # The same stories in the full house, unless single tests were asked for.
    [ $# -gt 0 ] || SHOUWEN_TEST_HOUSE=full "${run[@]}" "${again[@]}" || failed=1
    exit $failed
    ;;
  full)
    packages=$(missing)
    # shellcheck disable=SC2086
    [ -z "$packages" ] || install $packages
    scripts
    exec "${CARGO_TARGET_DIR:-target}/debug/servers" "$PWD/tests/run.sh" --among-servers "$@"
    ;;
esac
