# shellcheck shell=bash
# Completes sockbench's subcommands, flags and names in bash. All of them come from the program itself, so
# that nothing here can go stale.

# The words of --help: its subcommands, or the flags of one.
_sockbench_subcommands() { # PROGRAM
  "$1" --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p'
}
_sockbench_flags() { # PROGRAM SUBCOMMAND
  "$1" ${2:+"$2"} --help 2>/dev/null | sed -nE 's/^  (-[A-Za-z],)?(--[a-z][a-z-]*).*/\2/p'
}

# What is typed after a comma is completed by itself; what is before it stays.
_sockbench_list() { # WORDS
  local before=
  [[ $cur != *,* ]] || before=${cur%,*},
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
  compopt -o nospace 2>/dev/null || true
}

_sockbench() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local program=${COMP_WORDS[0]} subcommand=
  [[ $COMP_CWORD -le 1 ]] || subcommand=${COMP_WORDS[1]}
  COMPREPLY=()
  if [[ -z $subcommand ]]; then
    local words
    words=$(_sockbench_subcommands "$program")
    [[ $cur != -* ]] || words=$(_sockbench_flags "$program" '')
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    return
  fi
  local kind=
  case $previous in
    --models) _sockbench_list "$("$program" names models 2>/dev/null) none" && return ;;
    --workloads) _sockbench_list "$("$program" names workloads 2>/dev/null)" && return ;;
    --only) _sockbench_list "$("$program" names trials 2>/dev/null)" && return ;;
    --progress) mapfile -t COMPREPLY < <(compgen -W 'auto table lines none' -- "$cur") && return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'gbench csv hdr bmf' -- "$cur") && return ;;
    --workload) kind=workloads ;;
    --suite) kind=suites ;;
    --claim | --id) kind=claims ;;
    --contestant) kind=contestants ;;
  esac
  case $subcommand in
    workloads) [[ -n $kind || $cur == -* ]] || kind=workloads ;;
    names) kind=kinds ;;
  esac
  if [[ -z $kind && $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_sockbench_flags "$program" "$subcommand")" -- "$cur")
    return
  fi
  case $kind in
    kinds) mapfile -t COMPREPLY < <(compgen -W 'models workloads suites claims contestants trials' -- "$cur") ;;
    models | workloads | claims)
      mapfile -t COMPREPLY < <(compgen -W "$("$program" names "$kind" 2>/dev/null)" -- "$cur")
      ;;
    suites | contestants)
      mapfile -t COMPREPLY < <(
        compgen -W "$("$program" names "$kind" 2>/dev/null)" -- "$cur"
        compgen -f -- "$cur"
      )
      ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
  esac
}

complete -o filenames -F _sockbench sockbench
