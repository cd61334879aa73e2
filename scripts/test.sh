#!/usr/bin/env bash
# Sets up, builds, and passes every test.
#   scripts/test.sh            everything, the sanitizer builds and the linters included
#   scripts/test.sh --fast     the release build's tests only
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
# What fails for want of CPU on a shared machine gets further chances; what is broken fails each time.
# Six slots for two CPUs: the conformance suites mostly wait, and take one; what loads a server takes
# two (PROCESSORS in tests/).

# Runs a sanitizer build's tests: with_sanitizer PRESET CTEST_OPTION... What a sanitizer says goes to
# files, so that one finding is a failure, whatever chances its test still had. AddressSanitizer's
# warnings about stacks of fibers are none.
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
    echo "test: a sanitizer found what stands above, in $reports; mend it." >&2
    exit 1
  fi
  return "$status"
}

# The sanitizer builds run what is about memory and threads; everything else runs once, in release.
if [[ "$fast" == no ]]; then
  with_sanitizer tsan -L tsan
  with_sanitizer asan -LE release_only
fi
exec ctest --test-dir build/release --output-on-failure -j 6 --repeat until-pass:4
