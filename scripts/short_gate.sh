#!/usr/bin/env bash
# HEAD against its parent, in short, as one of the tests: exact counts must not change unannounced, and
# noise can only warn. Looks at the models whose own file changed, or at three when what they share
# changed; `scripts/ci_gate.sh HEAD~1 HEAD` measures all that differ.
#
#   scripts/short_gate.sh [OUT]     [build/short_gate]
#
# Exit: as ci_gate.sh; 77 where there is nothing to compare with.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly EXIT_FAILED=4 EXIT_SKIPPED=77 MOST=3
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

# Those that the commit can have changed, at most MOST of them, into the array models.
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
  if [[ ${#models[@]} -gt $MOST ]]; then
    echo "short_gate: only the first $MOST of ${models[*]}; scripts/ci_gate.sh HEAD~1 HEAD takes all."
    models=("${models[@]:0:MOST}")
  fi
}

need_parent
choose_models
if [[ ${#models[@]} -eq 0 ]]; then
  echo 'short_gate: nothing changed that servers are built of.'
  exit 0
fi
status=0
scripts/ci_gate.sh HEAD~1 HEAD --short --models "$(IFS=,; echo "${models[*]}")" --out "$out" \
  --cache "$out/cache" || status=$?
# What was built for commits of long ago.
find "$out/cache" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} + 2>/dev/null || true
if [[ $status -eq $EXIT_FAILED ]] && grep -qF '"not_built": "base"' "$out/verdict.json"; then
  skip 'the parent does not build.'
fi
exit "$status"
