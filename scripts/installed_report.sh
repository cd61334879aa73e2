#!/usr/bin/env bash
# Turns DIR/run.json of a run into report.md, report.html and charts: sockbench-report DIR
#
# The page needs npm packages. Where the installed folder cannot be written they are put, with a copy of
# the report's scripts, into the user's cache.
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
