#!/usr/bin/env bash
# Figures, beside raw references in the same run: the core alone, bus and store alone, the house,
# the full house on private servers. A benchmark prints; it does not judge.
# Usage: tests/bench.sh [core|parts|house|alerts|sockets|full|build]…  (default: core parts house)
#        tests/bench.sh soak [MINUTES [RATE]]  (default: 10 50): memory of every role at a fixed rate; fails if anything is lost
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=(core parts house)
if [ "${wanted[0]}" = soak ]; then
  minutes="${wanted[1]:-10}" rate="${wanted[2]:-50}"
  wanted=(soak)
fi
target="${CARGO_TARGET_DIR:-target}"
title() { printf '\n== %s\n' "$*"; }
title "machine: $(nproc) cores, $(awk '/MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo), $(rustc --version)"
for part in "${wanted[@]}"; do
  case "$part" in
    core)
      title "router core"
      cargo bench --quiet -p router --bench core
      ;;
    parts)
      title "bus"
      cargo bench --quiet -p bus --bench bus
      title "store"
      cargo bench --quiet -p store --bench write
      ;;
    house|alerts|sockets|full)
      title "$part (release)"
      cargo build --quiet --release --bin shouwen
      cargo bench --quiet -p it --bench "$part" -- "$(cd "$target" && pwd)/release/shouwen"
      ;;
    soak)
      title "soak of the full house, $minutes minutes at $rate/s (release)"
      cargo build --quiet --release --bin shouwen
      cargo bench --quiet -p it --bench full -- "$(cd "$target" && pwd)/release/shouwen" "soak=$minutes,$rate"
      ;;
    build)
      title "cold build"
      cold=$(mktemp -d)
      trap 'rm -rf "$cold"' EXIT
      for profile in dev release; do
        began=$(date +%s)
        cargo build --quiet --profile "$profile" --bin shouwen --target-dir "$cold"
        echo "$profile: $(($(date +%s) - began)) s on $(nproc) cores"
      done
      ;;
    *)
      echo "unknown part $part" >&2
      exit 2
      ;;
  esac
done
