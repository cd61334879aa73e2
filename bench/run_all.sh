#!/usr/bin/env bash
# Sets up, builds, measures, and writes the report; what single operations cost goes to micro.json.
#   bench/run_all.sh             the standard suite
#   bench/run_all.sh --quick     every workload, in about two minutes after the build
# Every other flag goes to `sockbench run` (see build/release/bin/sockbench run --help).
set -euo pipefail
cd "$(dirname "$0")/.."

suite=standard
out=
flags=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --quick) suite=quick ;;
    --out)
      if [[ $# -lt 2 ]]; then
        echo "run_all: --out needs a folder." >&2
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

scripts/setup.sh
scripts/build.sh release
# What single operations cost, in 20 s. A run needs none of it, so its failure is no reason to stop.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
micro=$folder/micro.json
micro_status=0
build/release/bin/sockbench-micro --short --out "$micro" >/dev/null || micro_status=$?
[[ $micro_status -ne 0 ]] || flags+=(--micro "$micro")
status=0
build/release/bin/sockbench run --suite "$suite" --out "$out" "${flags[@]}" || status=$?
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
build/release/bin/sockbench validate "$out/run.json" >/dev/null
scripts/report.sh "$out" || echo "The figures are in $out/run.json and $out/report.md all the same." >&2
exit "$status"
