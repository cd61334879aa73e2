#!/usr/bin/env bash
# Sets up, builds, measures, and writes the report; what single operations cost goes to micro.json.
#   bench/run_all.sh             the standard suite
#   bench/run_all.sh --quick     the core models, in two minutes after the build
#   bench/run_all.sh --full      everything for all models: hours
# Every other flag goes to `sockbench run` (see build/release/bin/sockbench run --help).
#
# Installed it is called sockbench-run-all, stands beside the programs, and sets up and builds nothing.
set -euo pipefail
here=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
programs=$here
report=$here/sockbench-report
if [[ -e "$here/../scripts/build.sh" ]]; then
  cd "$here/.."
  programs=build/release/bin
  report=scripts/report.sh
fi

suite=standard
out=
flags=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --quick) suite=quick ;;
    --full) suite=full ;;
    --out)
      if [[ $# -lt 2 ]]; then
        echo "run_all: --out needs a directory." >&2
        exit 2
      fi
      out=$2
      shift
      ;;
    --out=*) out=${1#--out=} ;;
    *) flags+=("$1") ;;
  esac
  shift
done
out=${out:-results/$(date -u +%Y%m%d-%H%M%S)-$suite}

if [[ $programs != "$here" ]]; then
  scripts/setup.sh
  scripts/build.sh release
fi
# What single operations cost, in 20 s. A run needs none of it, so its failure is no reason to stop.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
micro=$folder/micro.json
micro_status=0
"$programs/sockbench-micro" --short --out "$micro" >/dev/null || micro_status=$?
[[ $micro_status -ne 0 ]] || flags+=(--micro "$micro")
status=0
"$programs/sockbench" run --suite "$suite" --out "$out" "${flags[@]}" || status=$?
# 4: some contestant failed, 130: interrupted. What was measured is worth its report all the same.
if [[ $status -ne 0 && $status -ne 4 && $status -ne 130 ]] || [[ ! -e "$out/run.json" ]]; then
  exit "$status"
fi
if [[ $micro_status -eq 0 ]]; then
  install -m 644 "$micro" "$out/micro.json.tmp"
  mv "$out/micro.json.tmp" "$out/micro.json"
else
  echo "run_all: sockbench-micro failed, so there is no $out/micro.json." >&2
fi
"$programs/sockbench" validate "$out/run.json" >/dev/null
"$report" "$out" || echo "The figures are in $out/run.json and $out/report.md." >&2
exit "$status"
