#!/usr/bin/env bash
# Configures and builds a preset (default: release). Prints the log only if the build fails.
# usage: scripts/build.sh [PRESET] [CMAKE_OPTION…]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:-release}
shift || true
if ! grep -qF "\"name\": \"$preset\"" CMakePresets.json; then
  echo "build: there is no preset '$preset' in CMakePresets.json." >&2
  exit 2
fi
mkdir -p build
log=build/$preset.log
echo "building ($preset)" >&2
if ! { cmake --preset "$preset" "$@" && cmake --build --preset "$preset"; } >"$log" 2>&1; then
  grep -E 'error|Error|FAILED' -A 5 "$log" | head -60 >&2 || true
  echo "build: failed; the complete log is $log." >&2
  exit 4
fi
