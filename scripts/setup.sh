#!/usr/bin/env bash
# Installs missing packages for the build, the tests and the report. Can be repeated; uses no network if
# nothing is missing. As root it installs with apt, otherwise it prints the command and exits with 2.
# `setup.sh --check` only checks. `setup.sh --browser` also installs the browser for the tests of the page,
# which is large and not needed otherwise. Libraries of external contestants are optional: without them
# those contestants are skipped, and the exit code is 0.
set -euo pipefail

check_only=no
browser=no
for option in "$@"; do
  case "$option" in
    --check) check_only=yes ;;
    --browser) browser=yes ;;
    *)
      echo "setup: '$option' is not known; use --check, --browser, both or nothing." >&2
      exit 2
      ;;
  esac
done

missing=()
optional=()
want_command() { command -v "$1" >/dev/null 2>&1 || optional+=("$2"); }
need_command() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
has_header() {
  local dir
  for dir in /usr/include /usr/local/include "/usr/include/$(uname -m)-linux-gnu"; do
    [[ -e "$dir/$1" ]] && return
  done
  return 1
}
need_font() { # FILE PACKAGE
  [[ -n "$(find /usr/share/fonts /usr/local/share/fonts -name "$1" -print -quit 2>/dev/null)" ]] ||
    missing+=("$2")
}
want_file() { [[ -e "$1" ]] || optional+=("$2"); }
need_header() { has_header "$1" || missing+=("$2"); }
want_header() { has_header "$1" || optional+=("$2"); }
# For Debian's Python, which the contestants use; another Python in PATH does not find its packages.
want_python_module() {
  [[ -e "/usr/lib/python3/dist-packages/$1" ]] || optional+=("python3-$1")
}

# Boost 1.81 or newer: a package with its own name in Debian 12, the default in later releases.
# Only Boost.Context is a compiled library.
boost_packages() {
  if apt-cache show libboost1.81-dev >/dev/null 2>&1; then
    echo libboost1.81-dev libboost-context1.81-dev
  else
    echo libboost-dev libboost-context-dev
  fi
}
has_boost() {
  local header=/usr/include/boost/version.hpp version=0 dir
  [[ -r "$header" ]] && version=$(awk '$1 == "#define" && $2 == "BOOST_VERSION" {print $3}' "$header")
  [[ "$version" -ge 108100 ]] || return 1
  for dir in /usr/lib /usr/lib64 /usr/local/lib "/usr/lib/$(uname -m)-linux-gnu"; do
    [[ -e "$dir/libboost_context.so" ]] && return
  done
  return 1
}
# Called after apt-get update: only then does apt know which packages exist.
need_boost() {
  local packages
  has_boost && return
  read -ra packages <<<"$(boost_packages)"
  missing+=("${packages[@]}")
}

need_command g++ g++
need_command cmake cmake
need_command ninja ninja-build
need_command git git
need_command node nodejs
need_command npm npm
need_command python3 python3
need_command strace strace
need_command ld.lld lld
need_command shellcheck shellcheck
# Without these the tests of manual pages, zsh completion, the package and exports to Google Benchmark are
# skipped.
want_command mandoc mandoc
want_command zsh zsh
want_command dpkg-shlibdeps dpkg-dev
want_file /usr/share/benchmark/compare.py libbenchmark-tools
# PNG files of the charts, and a font so that they are the same on all machines.
need_command rsvg-convert librsvg2-bin
need_font LiberationSans-Regular.ttf fonts-liberation
if [[ "$browser" == yes ]]; then
  need_command "${CHROMIUM:-chromium}" chromium
  need_command pdftotext poppler-utils
fi
need_header nlohmann/json.hpp nlohmann-json3-dev
need_header spdlog/spdlog.h libspdlog-dev
need_header CLI/CLI.hpp libcli11-dev
need_header zlib.h zlib1g-dev
need_header valijson/validator.hpp libvalijson-dev
need_header gtest/gtest.h libgtest-dev
need_header benchmark/benchmark.h libbenchmark-dev
need_header liburing.h liburing-dev
need_header hiredis/hiredis.h libhiredis-dev
# redis-server and nginx-light are not installed here, since installing them starts servers.
want_python_module gevent
want_python_module greenlet
want_python_module uvloop
want_header uv.h libuv1-dev
want_header event2/event.h libevent-dev
want_header ev.h libev-dev

may_install=no
if [[ "$check_only" == no && $EUID -eq 0 ]] && command -v apt-get >/dev/null 2>&1; then may_install=yes; fi
if [[ ${#missing[@]} -eq 0 ]] && has_boost; then
  [[ ${#optional[@]} -gt 0 && "$may_install" == yes ]] || exit 0
  status_of_failure=0
else
  status_of_failure=2
fi
if [[ "$may_install" == no ]]; then
  need_boost
  if [[ "$check_only" == yes ]]; then
    echo "missing: ${missing[*]}" >&2
  elif ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: these Debian packages, or their equivalents, are missing: ${missing[*]}" >&2
  else
    echo "setup: some packages are missing; run: sudo apt-get install ${missing[*]}" >&2
  fi
  exit 2
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 || return
  echo "setup: installed $*" >&2
}
echo "setup: installing with apt" >&2
if ! apt-get update >"$log" 2>&1; then
  cat "$log" >&2
  echo "setup: apt-get update failed; see above." >&2
  exit "$status_of_failure"
fi
need_boost
if [[ ${#missing[@]} -gt 0 ]] && ! install "${missing[@]}"; then
  cat "$log" >&2
  echo "setup: apt-get install ${missing[*]} failed; see above." >&2
  exit 2
fi
if [[ ${#optional[@]} -gt 0 ]] && ! install "${optional[@]}"; then
  echo "setup: ${optional[*]} could not be installed; tests and contestants that need them are skipped." >&2
fi
