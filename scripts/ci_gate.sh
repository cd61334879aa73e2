#!/usr/bin/env bash
# Checks a change to the servers: builds two revisions, compares them with `sockbench duel`, one duel for
# each model whose program differs, and gives one verdict.
#
#   scripts/ci_gate.sh BASE_REV [HEAD_REV] [FLAG…] [-- FLAG_OF_DUEL…]
#
#   --models a,b    compare only these models [all]
#   --short         compare exact counts, and measure briefly; a measured difference only warns
#   --out DIR       directory for verdict.json, summary.md, junit.xml and the duels [results/gate]
#   --cache DIR     cache built servers in DIR, by commit, compiler and flags
#   --layouts N     link each program in N layouts, 1 to 16, so that the verdict does not depend on one
#                   layout [4; 1 with --short]
#
# HEAD_REV defaults to HEAD, which requires that there are no uncommitted changes. The work tree and .git
# are not modified. Identical programs pass without a measurement. If both revisions are the same commit it
# is measured as A against A (only epoll, unless --models is given). A commit that intentionally changes
# exact counts has a trailer `Counts-Changed: REASON` in its message.
#
# Exit codes: 0 pass, 1 regression, 2 wrong usage or input, 3 inconclusive with
# -- --fail-on-inconclusive (otherwise 0), 4 a revision does not build, or a server or the harness failed,
# 130 interrupted.
set -euo pipefail

readonly EXIT_INPUT=2 EXIT_FAILED=4 EXIT_INTERRUPTED=130

unset CDPATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

fail() { # CODE SENTENCE
  printf 'ci_gate: %s\n' "$2" >&2
  exit "$1"
}
say() { printf 'ci_gate: %s\n' "$*" >&2 || true; } # go on if standard error is closed

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

models='' out=$root/results/gate cache='' layouts='' short=no
revisions=() duel_flags=() remarks=()
declare -A commit label

# shellcheck source=scripts/ci_gate_build.sh
. "$root/scripts/ci_gate_build.sh"

read_arguments() {
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --)
        shift
        duel_flags=("$@")
        break
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      --short) short=yes ;;
      --models=* | --out=* | --cache=* | --layouts=*)
        set -- "${1%%=*}" "${1#*=}" "${@:2}"
        continue
        ;;
      --models | --out | --cache | --layouts)
        [[ $# -ge 2 && -n $2 ]] || fail $EXIT_INPUT "$1 needs a value."
        printf -v "${1#--}" '%s' "$2"
        shift
        ;;
      -*) fail $EXIT_INPUT "'$1' is not known; see --help, and give flags of sockbench duel after --." ;;
      *) revisions+=("$1") ;;
    esac
    shift
  done
}

check_arguments() {
  [[ ${#revisions[@]} -eq 1 || ${#revisions[@]} -eq 2 ]] ||
    fail $EXIT_INPUT 'usage is scripts/ci_gate.sh BASE_REV [HEAD_REV] [FLAG…] [-- FLAG_OF_DUEL…]; see --help.'
  [[ -z $models || $models =~ ^[A-Za-z0-9_]+(,[A-Za-z0-9_]+)*$ ]] ||
    fail $EXIT_INPUT "--models needs names such as epoll,io_uring, not '$models'."
  if [[ -z $layouts ]]; then
    layouts=4
    [[ $short == no ]] || layouts=1
  fi
  [[ $layouts =~ ^([1-9]|1[0-6])$ ]] ||
    fail $EXIT_INPUT "--layouts needs a number from 1 to 16, not '$layouts'."
}

need_repository() {
  command -v git >/dev/null || fail $EXIT_INPUT 'git is missing; install the package git.'
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE # a git hook sets them, possibly for another tree
  export GIT_OPTIONAL_LOCKS=0                # so that git status does not write the index
  local top
  top=$(git -C "$root" rev-parse --show-toplevel 2>/dev/null) || top=
  [[ -n $top && $top -ef $root ]] ||
    fail $EXIT_INPUT "$root is not a git repository, or git cannot read it; run 'git status' there for the reason."
}

need_tools() {
  local tool
  for tool in cmake tar objcopy python3; do
    command -v "$tool" >/dev/null || fail $EXIT_FAILED "$tool is missing; scripts/setup.sh installs it."
  done
  if [[ $layouts -gt 1 ]] && ! command -v ld.lld >/dev/null; then
    layouts=1
    remarks+=('ld.lld is missing (package lld): only one link layout is measured, and a small difference may be due to the layout.')
  fi
}

commit_of() { # REVISION
  git -C "$root" rev-parse --verify --quiet "$1^{commit}" 2>/dev/null && return
  local hint=
  [[ $(git -C "$root" rev-parse --is-shallow-repository) != true ]] ||
    hint=' in this shallow clone; git fetch --unshallow fetches all commits'
  fail $EXIT_INPUT "there is no commit '$1'$hint."
}

find_commits() {
  local side
  commit[base]=$(commit_of "${revisions[0]}")
  commit[head]=$(commit_of "${revisions[1]:-HEAD}")
  if [[ ${#revisions[@]} -eq 1 && -n $(git -C "$root" status --porcelain --untracked-files=no) ]]; then
    fail $EXIT_INPUT 'there are uncommitted changes, which are not in HEAD; commit them, stash them, or name HEAD_REV.'
  fi
  for side in base head; do
    label[$side]=$(git -C "$root" rev-parse --short=12 "${commit[$side]}")
  done
  [[ ${commit[base]} != "${commit[head]}" ]] ||
    remarks+=("Base and head are the same commit, ${label[base]}: this is A against A.")
}

child=
exec {terminal}>&2 # standard error is redirected to a log during builds
# Runs a command in its own process group, so that an interruption can end all of its processes.
run_child() { # COMMAND…
  local status=0
  set -m
  "$@" </dev/null {terminal}>&- &
  child=$!
  set +m
  wait "$child" || status=$?
  child=
  return $status
}

# A process and all its descendants: ninja runs each command in its own process group.
# shellcheck disable=SC2046,SC2317  # word splitting is intended; a trap calls it
tree_of() { # PID…
  local pid
  for pid; do
    printf '%s\n' "$pid"
    tree_of $(cat "/proc/$pid/task/"*/children 2>/dev/null)
  done
}

# shellcheck disable=SC2317  # a trap calls it
interrupted() {
  trap '' INT TERM HUP PIPE
  set +e
  say 'interrupted.' 2>&"$terminal"
  if [[ -n $child ]]; then
    local tenth family
    mapfile -t family < <(tree_of "$child")
    kill -INT -- "-$child" 2>/dev/null
    for ((tenth = 0; tenth < 150; ++tenth)); do
      kill -0 -- "-$child" 2>/dev/null || break
      # A process that was just starting may have missed the signal.
      [[ $((tenth % 20)) -ne 19 ]] || tree_of "$child" | xargs kill -INT 2>/dev/null
      sleep 0.1
    done
    kill -KILL -- "-$child" "${family[@]}" 2>/dev/null
  fi
  exit "$EXIT_INTERRUPTED"
}

need_directories() {
  mkdir -p -- "$out/logs" 2>/dev/null || fail $EXIT_INPUT "the directory $out cannot be made."
  out=$(cd -- "$out" && pwd)
  rm -f -- "$out"/{verdict.json,summary.md,junit.xml} # of an earlier run
  trap '[[ -z $work ]] || rm -rf -- "$work"' EXIT
  trap interrupted INT TERM HUP
  work=$(mktemp -d -- "${TMPDIR:-/tmp}/sockbench-gate.XXXXXX" 2>/dev/null) ||
    fail $EXIT_FAILED "no temporary directory can be made in ${TMPDIR:-/tmp}; set TMPDIR to another directory."
  work=$(cd -- "$work" && pwd -P)
  [[ $work =~ ^[A-Za-z0-9/._+-]+$ ]] ||
    fail $EXIT_FAILED "the path $work contains characters that compiler flags cannot contain; set TMPDIR to another directory."
  : >"$work/models.tsv"
  cache=${cache:-$work/cache}
  mkdir -p -- "$cache" 2>/dev/null || fail $EXIT_INPUT "the directory $cache cannot be made."
  cache=$(cd -- "$cache" && pwd)
}

choose_models() { # sets the array selected
  local model
  mapfile -t selected < <(LC_ALL=C sort -u -- "$work/base.models" "$work/head.models")
  [[ ${#selected[@]} -gt 0 ]] ||
    fail $EXIT_INPUT 'neither revision has a server: CMake knows no target server-MODEL.'
  if [[ -n $models ]]; then
    mapfile -t selected < <(tr ',' '\n' <<<"$models" | LC_ALL=C sort -u)
    for model in "${selected[@]}"; do
      has_model base "$model" || has_model head "$model" ||
        fail $EXIT_INPUT "neither revision has the model '$model'; head has $(paste -sd ' ' "$work/head.models")."
    done
  elif [[ ${commit[base]} == "${commit[head]}" ]]; then
    ! has_model base epoll || selected=(epoll)
    selected=("${selected[0]}")
  fi
}

note() { printf '%s\t%s\t%s\n' "$@" >>"$work/models.tsv"; } # MODEL STATE STATUS_OF_DUEL

# Builds the selected models, records those that need no duel, and sets the array differing to the others.
build_and_compare() {
  local model side layout shared=()
  for model in "${selected[@]}"; do
    if ! has_model base "$model"; then
      note "$model" only_head -
    elif ! has_model head "$model"; then
      note "$model" only_base -
    else
      shared+=("$model")
    fi
  done
  [[ ${#shared[@]} -gt 0 ]] || return 0
  for side in base head; do provide "$side" 1 "${shared[@]}"; done
  for model in "${shared[@]}"; do
    if [[ ${commit[base]} != "${commit[head]}" ]] && is_identical "$model"; then
      note "$model" identical -
    else
      differing+=("$model")
    fi
  done
  [[ ${#differing[@]} -gt 0 ]] || return 0
  for ((layout = 2; layout <= layouts; ++layout)); do
    for side in base head; do provide "$side" "$layout" "${differing[@]}"; done
  done
}

need_harness() {
  harness=${SOCKBENCH:-$root/build/release/bin/sockbench}
  ! command -v -- "$harness" >/dev/null || return 0
  [[ -z ${SOCKBENCH:-} ]] || fail $EXIT_INPUT "\$SOCKBENCH is not a program: $SOCKBENCH."
  run_child "$root/scripts/build.sh" release || fail $EXIT_FAILED 'the harness does not build; see above.'
}

duel() { # MODEL
  local model=$1 side layout status=0 command=("$harness" duel)
  for side in base head; do
    for ((layout = 1; layout <= layouts; ++layout)); do
      command+=("--$side" "$(programs_of "$side" "$layout")/server-$model")
    done
    command+=("--$side-label" "${label[$side]}")
  done
  [[ $short == no ]] || command+=(--short)
  command+=(--out "$out/$model" "${duel_flags[@]}")
  say "$model: duel of ${label[base]} and ${label[head]}"
  rm -f -- "$out/$model"/{duel.json,summary.md,junit.xml}
  run_child "${command[@]}" || status=$?
  case "$status" in
    "$EXIT_INPUT") fail $EXIT_INPUT 'sockbench duel rejected its options; see above.' ;;
    "$EXIT_INTERRUPTED") exit $EXIT_INTERRUPTED ;;
  esac
  note "$model" measured "$status"
}

# Writes the verdict and exits with its code.
conclude() { # FLAG…
  local status=0 text flags=(--out "$out" --models "$work/models.tsv"
    --base "${label[base]}" --head "${label[head]}"
    --base-commit "${commit[base]}" --head-commit "${commit[head]}" --repeat "$(write_repeat)")
  for text in "${remarks[@]}"; do flags+=("--remark=$text"); done
  while read -r text; do
    [[ -z $text ]] || flags+=("--counts-changed=$text")
  done < <(git -C "$root" log --format='%(trailers:key=Counts-Changed,valueonly,unfold)' \
    "${commit[base]}..${commit[head]}")
  python3 "$root/scripts/ci_gate_verdict.py" "${flags[@]}" "$@" || status=$?
  exit "$status"
}

# Prints the command line that repeats this run.
write_repeat() {
  printf 'scripts/ci_gate.sh %s %s --layouts %s' "${label[base]}" "${label[head]}" "$layouts"
  [[ -z $models ]] || printf ' --models %s' "$models"
  [[ $short == no ]] || printf ' --short'
  [[ ${#duel_flags[@]} -eq 0 ]] || printf ' --%s' "$(printf ' %q' "${duel_flags[@]}")"
}

work='' harness='' selected=() differing=()
read_arguments "$@"
check_arguments
need_repository
need_tools
find_commits
need_directories
find_build_key
list_models base
list_models head
choose_models
build_and_compare
[[ ${#differing[@]} -eq 0 ]] || need_harness
for model in "${differing[@]}"; do duel "$model"; done
conclude
