#!/usr/bin/env bash
# The one test command: builds everything and runs every test of the embedded house.
# Usage: tests/run.sh [--embedded] [NEXTEST-ARGUMENTS…]
# Servers are private, on free loopback ports in temporary folders, and end with their test.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${1:-}" = --embedded ] && shift   # the embedded house is the only one so far and needs no server
cargo build --quiet --workspace --locked --bins
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace --locked --no-fail-fast --status-level slow --final-status-level slow "$@"
else
  cargo test --quiet --workspace --locked --no-fail-fast "$@"
fi
