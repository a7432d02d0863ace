#!/usr/bin/env bash
# Checks the files of this folder as far as this machine can: by schema, by the tools that would
# run them, by private servers. What a tool is missing for is said in a line, and nothing is
# fetched from anywhere but the distribution. Usage: deploy/check.sh [--servers]
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skipped() { echo "skipped: $*"; }

for script in check.sh servers/check.sh compose/secrets.sh; do bash -n "$script"; done

# YAML and schemas: Python of the distribution.
python=
find_python() {
  for python in /usr/bin/python3 python3; do "$python" -c 'import yaml, jsonschema' 2>/dev/null && return; done
  python=
}
find_python
if [ -z "$python" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update && apt-get install --yes --no-install-recommends python3-yaml python3-jsonschema; } >"$work/apt" 2>&1 ||
    tail -3 "$work/apt"
  find_python
fi
if [ -z "$python" ]; then
  skipped "YAML and schemas (apt-get install python3-yaml python3-jsonschema)"
else
  overlays=()
  for overlay in kubernetes/overlays/*/; do
    if command -v kubectl >/dev/null; then
      kubectl kustomize "$overlay" >"$work/$(basename "$overlay").yaml"
    elif command -v kustomize >/dev/null; then
      kustomize build "$overlay" >"$work/$(basename "$overlay").yaml"
    else
      skipped "$overlay as a whole: neither kubectl nor kustomize is here; its parts are checked"
      continue
    fi
    overlays+=("$work/$(basename "$overlay").yaml")
  done
  "$python" schema/check.py "${overlays[@]}"
fi

if docker compose version >/dev/null 2>&1; then
  docker compose -f compose.yaml config --quiet && echo "compose.yaml: taken by docker compose"
else
  skipped "compose.yaml by docker compose (checked by schema)"
fi

# The units, with programs that exist on every machine in the place of ours.
if command -v systemd-analyze >/dev/null; then
  for unit in systemd/shouwen.service systemd/shouwen@.service; do
    sed 's#/usr/local/bin/shouwen#/bin/true#' "$unit" >"$work/$(basename "${unit/@/@router}")"
  done
  said=$(systemd-analyze verify --man=no "$work/shouwen.service" "$work/shouwen@router.service" 2>&1 | grep -F "$work" || true)
  [ -z "$said" ] || { echo "$said" >&2; exit 1; }
  echo "systemd: taken by $(systemd-analyze --version | head -1)"
else
  skipped "systemd units: systemd-analyze is not here"
fi

[ "${1:-}" != --servers ] || servers/check.sh
