#!/usr/bin/env bash
# Converts DIR/run.json to report.md, report.html and charts: sockbench-report DIR
#
# The page needs npm packages. If the installed directory is not writable, they are installed with a copy
# of the scripts in the user's cache directory.
set -euo pipefail

bin=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
installed=$(cd -- "$bin/../share/sockbench/scripts" && pwd)
scripts=$installed
if [[ ! -w $installed/report && ! -d $installed/report/node_modules ]]; then
  version=$(cksum <"$installed/report/package-lock.json")
  scripts=${XDG_CACHE_HOME:-$HOME/.cache}/sockbench/report-${version%% *}/scripts
  mkdir -p "$scripts"
  cp -R -- "$installed/." "$scripts/"
fi
export SOCKBENCH=${SOCKBENCH:-$bin/sockbench}
exec bash "$scripts/report.sh" "$@"
