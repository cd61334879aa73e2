#!/usr/bin/env bash
# Installs packages, builds, and runs the tests.
#   scripts/test.sh            all tests, including sanitizer builds and linters
#   scripts/test.sh --fast     only the tests of the release build
set -euo pipefail
cd "$(dirname "$0")/.."

fast=no
case "${1:-}" in
  "") ;;
  --fast) fast=yes ;;
  *)
    echo "test: '$1' is not known; use --fast or nothing." >&2
    exit 2
    ;;
esac

scripts/setup.sh --browser
scripts/build.sh release -DBUILD_TESTING=ON
if [[ "$fast" == no ]]; then
  git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
  scripts/build.sh asan -DBUILD_TESTING=ON
  scripts/build.sh tsan -DBUILD_TESTING=ON
fi
# Tests that fail for lack of CPU time on a shared machine are repeated; a defect fails every time.
# Six jobs for two CPUs: the conformance suites mostly wait and use one slot, tests that load a server two
# (PROCESSORS in tests/).

# Runs the tests of a sanitizer build: with_sanitizer PRESET CTEST_OPTION... Sanitizers write reports to
# files, so that any finding is a failure even if a repetition of its test passes. Warnings of
# AddressSanitizer about stacks of fibers are ignored.
with_sanitizer() {
  local preset=$1 reports="$PWD/build/$1/reports" status=0 findings
  shift
  rm -rf "$reports"
  mkdir -p "$reports"
  local options="log_path=$reports/report"
  ASAN_OPTIONS=$options UBSAN_OPTIONS=$options TSAN_OPTIONS=$options GTEST_FAIL_FAST=1 \
    ctest --test-dir "build/$preset" --output-on-failure -j 6 --repeat until-pass:3 "$@" || status=$?
  mapfile -t findings < <(grep -rlE '^SUMMARY: |: runtime error: ' "$reports")
  if [[ ${#findings[@]} -gt 0 ]]; then
    tail -n 100 "${findings[@]}"
    echo "test: a sanitizer reported errors; see above and $reports." >&2
    exit 1
  fi
  return "$status"
}

# The sanitizer builds run the tests of memory and threads; the others run only in the release build.
if [[ "$fast" == no ]]; then
  with_sanitizer tsan -L tsan
  with_sanitizer asan -LE release_only
fi
exec ctest --test-dir build/release --output-on-failure -j 6 --repeat until-pass:4
