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
# Four slots for two CPUs: the conformance suites mostly wait, and take one; what loads a server takes
# two (PROCESSORS in tests/).
# The sanitizer builds run what is about memory and threads; everything else runs once, in release.
if [[ "$fast" == no ]]; then
  ctest --test-dir build/tsan --output-on-failure -L tsan -j 4 --repeat after-timeout:2
  ctest --test-dir build/asan --output-on-failure -LE 'release_only' -j 4 --repeat after-timeout:2
fi
# Many of these watch real processes on a shared machine: what fails for want of CPU gets further
# chances, what is broken fails each time. The fifth slot is for the conformance suites, beside two tests
# that load a server.
exec ctest --test-dir build/release --output-on-failure -j 5 --repeat until-pass:4
