#!/usr/bin/env bash
# A test that compares HEAD with its parent: exact counts must not change without a trailer, and measured
# differences only warn. Compares the models whose file changed, or three models if shared files changed;
# `scripts/ci_gate.sh HEAD~1 HEAD` compares all that differ.
#
#   scripts/short_gate.sh [OUT]     [build/short_gate]
#
# Exit codes: as ci_gate.sh; 77 if there is no parent to compare with.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly EXIT_FAILED=4 EXIT_SKIPPED=77 MAX=3
readonly SHARED_BY_ALL=(epoll io_uring threaded)
out=${1:-build/short_gate}

skip() {
  echo "short_gate: skipped, because $1"
  exit $EXIT_SKIPPED
}

need_parent() {
  command -v git >/dev/null || skip 'git is missing.'
  local top
  top=$(git rev-parse --show-toplevel 2>/dev/null) || top=
  [[ -n $top && $top -ef . ]] || skip 'this is not a git repository.'
  git rev-parse --verify --quiet 'HEAD~1^{commit}' >/dev/null ||
    skip 'HEAD has no parent here: it is the first commit, or the clone is shallow.'
}

is_model() { grep -qE "^add_server\($1[ )]" servers/CMakeLists.txt; }

# Models that the commit may have changed, at most MAX: sets the array models.
choose_models() {
  local changed file name own=() shared=no
  mapfile -t changed < <(git diff --name-only --no-renames HEAD~1 HEAD -- \
    servers common CMakeLists.txt CMakePresets.json)
  for file in "${changed[@]}"; do
    name=${file#servers/}
    name=${name%.cpp}
    if [[ $file == servers/$name.cpp ]] && is_model "$name"; then
      own+=("$name")
    else
      shared=yes
    fi
  done
  models=("${own[@]}")
  for name in "${SHARED_BY_ALL[@]}"; do
    [[ $shared == no || " ${own[*]} " == *" $name "* ]] || ! is_model "$name" || models+=("$name")
  done
  if [[ ${#models[@]} -gt $MAX ]]; then
    echo "short_gate: only the first $MAX of ${models[*]}; scripts/ci_gate.sh HEAD~1 HEAD compares all."
    models=("${models[@]:0:MAX}")
  fi
}

need_parent
choose_models
if [[ ${#models[@]} -eq 0 ]]; then
  echo 'short_gate: nothing changed in the sources of servers.'
  exit 0
fi
status=0
scripts/ci_gate.sh HEAD~1 HEAD --short --models "$(IFS=,; echo "${models[*]}")" --out "$out" \
  --cache "$out/cache" || status=$?
# Remove old builds.
find "$out/cache" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} + 2>/dev/null || true
if [[ $status -eq $EXIT_FAILED ]] && grep -qF '"not_built": "base"' "$out/verdict.json"; then
  skip 'the parent does not build.'
fi
exit "$status"
