#!/usr/bin/env bash
# Installs the npm packages of the tests in FOLDER (this one, if none is given) where they are missing or
# older than the lock file; touches no network otherwise (scripts/report.sh does the same for the
# report's).
#   node_packages.sh [FOLDER]
set -euo pipefail
cd "${1:-$(dirname "$0")}"

# npm writes this file last, so an interrupted installation counts as none.
installed=node_modules/.package-lock.json
are_current() { [[ -f $installed && ! package-lock.json -nt $installed ]]; }

are_current && exit 0
# One installation at a time; who waited finds the work done.
exec 9<package-lock.json
flock 9
are_current && exit 0
if ! log=$(npm ci --no-audit --no-fund --ignore-scripts 2>&1); then
  printf '%s\n' "$log" >&2
  echo "node_packages: npm could not install what package-lock.json names; see above." >&2
  exit 4
fi
touch "$installed"
