#!/usr/bin/env bash
# Converts DIR/run.json to DIR/report.md, DIR/report.html and the pictures in DIR/charts: each chart as
# NAME.svg, each of its panels as NAME/WORKLOAD.svg for a column of 85 mm, and a PNG file for each SVG.
# Converts two runs to a page that compares them.
#
#   scripts/report.sh DIR
#   scripts/report.sh DIR_A DIR_B [--out FILE]      writes FILE [DIR_B/compare.html]
#
# report.md is written by the sockbench program: $SOCKBENCH, default build/release/bin/sockbench. The page
# and the charts need Node 18 or newer; npm packages are installed only if they are missing or older than
# the lock file. PNG files need rsvg-convert ($RSVG_CONVERT).
#
# Exit codes: 0 success, 2 wrong usage or input, 4 a program is missing or failed.
set -euo pipefail

readonly EXIT_INPUT=2 EXIT_FAILED=4 NODE_MIN=18

unset CDPATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
readonly root tool="$root/scripts/report"

fail() { # CODE SENTENCE
  printf 'report: %s\n' "$2" >&2
  exit "$1"
}

readonly USAGE='scripts/report.sh DIR, or scripts/report.sh DIR_A DIR_B [--out FILE]'

find_run() { # DIR
  [[ -f $1/run.json && -r $1/run.json ]] ||
    fail $EXIT_INPUT "$1/run.json is missing or cannot be read."
  cd -- "$1" && pwd
}

read_arguments() {
  if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    printf 'Usage: %s   (DIR contains a run.json)\n' "$USAGE"
    exit 0
  fi
  if [[ ${3:-} == --out && $# -eq 4 && -n $4 ]]; then
    page=$4
    set -- "$1" "$2"
  fi
  [[ ($# -eq 1 || $# -eq 2) && -n $1 && -n ${2-none} ]] ||
    fail $EXIT_INPUT "usage is $USAGE, where DIR contains a run.json."
  run_dir=$(find_run "$1")
  [[ $# -eq 1 ]] || other_dir=$(find_run "$2")
}

# First, because it needs neither Node nor a network.
write_markdown() {
  local program=${SOCKBENCH:-$root/build/release/bin/sockbench}
  if ! command -v -- "$program" >/dev/null; then
    printf 'report: report.md is not written because there is no program at %s.\n' "$program"
    return
  fi
  local costs=()
  [[ ! -f $run_dir/micro.json ]] || costs=(--micro "$run_dir/micro.json")
  "$program" report-md "$run_dir/run.json" "${costs[@]}" --out "$run_dir/report.md" && return
  printf 'report: report.md is not written because sockbench report-md failed.\n' >&2
}

need_node() {
  command -v node >/dev/null ||
    fail $EXIT_FAILED "Node is missing; install the package nodejs ($NODE_MIN or newer)."
  local version
  version=$(node --version) ||
    fail $EXIT_FAILED 'node --version failed; reinstall the package nodejs.'
  [[ $version =~ ^v([0-9]+)\. && ${BASH_REMATCH[1]} -ge $NODE_MIN ]] ||
    fail $EXIT_FAILED "Node $version is too old; install the package nodejs $NODE_MIN or newer."
}

# npm writes this file last, so it is missing after an interrupted installation.
packages_are_current() {
  local installed="$tool/node_modules/.package-lock.json"
  [[ -f $installed && ! "$tool/package-lock.json" -nt $installed ]]
}

install_packages() {
  cd -- "$tool" && npm ci --no-audit --no-fund --omit=optional --ignore-scripts
}

need_packages() {
  packages_are_current && return
  command -v npm >/dev/null || fail $EXIT_FAILED 'npm is missing; install the package npm.'
  # One installation at a time; a process that waited finds the packages installed.
  exec 9<"$tool/package-lock.json"
  if command -v flock >/dev/null; then flock 9; fi
  if ! packages_are_current; then
    local log
    if ! log=$(install_packages 2>&1); then
      printf '%s\n' "$log" >&2
      fail $EXIT_FAILED "vega and vega-lite are missing and npm could not install them (its log is\
 above); check that its registry can be reached and that the package npm is complete."
    fi
    touch "$tool/node_modules/.package-lock.json"
  fi
  exec 9<&-
}

# Only the program compares the runs.
write_comparison() {
  local program=${SOCKBENCH:-$root/build/release/bin/sockbench} status=0
  command -v -- "$program" >/dev/null ||
    fail $EXIT_FAILED "there is no program at $program, which is needed to compare two runs."
  judged=$(mktemp)
  trap 'rm -f -- "$judged"' EXIT
  "$program" compare "$run_dir/run.json" "$other_dir/run.json" --force --json "$judged" \
    >/dev/null || status=$?
  ((status != EXIT_INPUT)) || exit $EXIT_INPUT # after a message of the program
  ((status == 0)) || fail $EXIT_FAILED 'sockbench compare failed.'
  node "$tool/compare.mjs" "$run_dir" "$other_dir" "$judged" "$page"
  printf 'report: %s\n' "$page"
}

run_dir='' other_dir='' page='' judged=''
read_arguments "$@"
if [[ -n $other_dir ]]; then
  page=${page:-$other_dir/compare.html}
  need_node
  need_packages
  write_comparison
  exit 0
fi
write_markdown
need_node
need_packages
node "$tool/main.mjs" "$run_dir"
printf 'report: %s\n' "$run_dir/report.html"
