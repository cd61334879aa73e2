#!/usr/bin/env bash
# Installs what a build, the tests and the report need, where it is missing. Safe to repeat; touches no
# network when nothing is missing. Installs with apt when it may, otherwise prints the one command to
# type and exits 2. `setup.sh --check` only looks.
set -euo pipefail

check_only=no
case "${1:-}" in
  "") ;;
  --check) check_only=yes ;;
  *)
    echo "setup: '$1' is not known; use --check or nothing." >&2
    exit 2
    ;;
esac

missing=()
need_command() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need_header() {
  local dir
  for dir in /usr/include /usr/local/include "/usr/include/$(uname -m)-linux-gnu"; do
    [[ -e "$dir/$1" ]] && return
  done
  missing+=("$2")
}

# Boost 1.81 or newer: Debian 12 has it under its own name, later releases as the default.
boost_package() {
  if apt-cache show libboost1.81-dev >/dev/null 2>&1; then echo libboost1.81-dev; else echo libboost-dev; fi
}
need_boost() {
  local header=/usr/include/boost/version.hpp version=0
  [[ -r "$header" ]] && version=$(awk '$1 == "#define" && $2 == "BOOST_VERSION" {print $3}' "$header")
  [[ "$version" -ge 108100 ]] || missing+=("$(boost_package)")
}

need_command g++ g++
need_command cmake cmake
need_command ninja ninja-build
need_command git git
need_command node nodejs
need_command npm npm
need_command python3 python3
need_command strace strace
need_command shellcheck shellcheck
need_header nlohmann/json.hpp nlohmann-json3-dev
need_header spdlog/spdlog.h libspdlog-dev
need_header CLI/CLI.hpp libcli11-dev
need_header zlib.h zlib1g-dev
need_header valijson/validator.hpp libvalijson-dev
need_header gtest/gtest.h libgtest-dev
need_header benchmark/benchmark.h libbenchmark-dev
need_header liburing.h liburing-dev
need_header hiredis/hiredis.h libhiredis-dev

if [[ ${#missing[@]} -eq 0 ]]; then
  need_boost
  [[ ${#missing[@]} -eq 0 ]] && exit 0
fi
if [[ "$check_only" == yes ]]; then
  echo "missing: ${missing[*]}" >&2
  exit 2
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: these Debian packages, or what provides them elsewhere, are missing: ${missing[*]}" >&2
  exit 2
fi
if [[ $EUID -ne 0 ]]; then
  need_boost
  echo "setup: some packages are missing; type: sudo apt-get install ${missing[*]}" >&2
  exit 2
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "setup: installing with apt" >&2
if ! apt-get update >"$log" 2>&1; then
  cat "$log" >&2
  echo "setup: apt-get update failed; see above." >&2
  exit 2
fi
need_boost # only now apt knows which Boost there is
if ! DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
  cat "$log" >&2
  echo "setup: apt-get install ${missing[*]} failed; see above." >&2
  exit 2
fi
echo "setup: installed ${missing[*]}" >&2
