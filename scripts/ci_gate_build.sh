# shellcheck shell=bash
# Part of scripts/ci_gate.sh, which sources it: builds the servers of a revision, caches and compares them.
# Uses root, work, out, cache, layouts, commit, label, run_child, say, fail and conclude of ci_gate.sh.
# shellcheck disable=SC2154  # set in ci_gate.sh

build_key=''
declare -A configured # the layout of each side's build directory

compile_flags() { # SIDE: equal sources give equal programs in any directory
  printf '%s' "${CXXFLAGS:-} -ffile-prefix-map=$work/$1/="
  [[ $layouts -eq 1 ]] || printf ' -ffunction-sections'
}
link_flags() { # LAYOUT
  printf '%s' "${LDFLAGS:-}"
  [[ $layouts -eq 1 ]] || printf ' -fuse-ld=lld -Wl,--shuffle-sections=.text*=%s' "$1"
}

# Everything other than the commit that affects the programs: tools, flags, and installed headers.
find_build_key() {
  build_key=$({
    "${CXX:-c++}" --version || true
    cmake --version
    [[ $layouts -eq 1 ]] || ld.lld --version
    printf '%s\n' "${CXX:-}" "${CXXFLAGS:-}" "$(link_flags '')"
    ! command -v dpkg-query >/dev/null || dpkg-query --show 'lib*-dev' || true
  } 2>/dev/null | sha256sum)
  build_key=${build_key:0:12}
}
cache_of() { printf '%s' "$cache/${commit[$1]}-$build_key"; } # SIDE

# Moves a file into the cache atomically.
keep() { # FILE TARGET
  mkdir -p -- "${2%/*}"
  install -m 755 -- "$1" "$2.$$.tmp"
  mv -f -- "$2.$$.tmp" "$2"
}

not_built() { # SIDE
  conclude --not-built "$1" --failure "The $1 revision, ${label[$1]}, does not build; its log is $out/logs/$1.log."
}

configure() { # SIDE LAYOUT
  local tree=$work/$1
  [[ ${configured[$1]:-} != "$2" ]] || return 0
  if [[ ! -d $tree ]]; then
    mkdir -- "$tree"
    : >"$out/logs/$1.log"
    git -C "$root" archive "${commit[$1]}" | tar -x -C "$tree" ||
      fail "$EXIT_FAILED" "the files of ${label[$1]} cannot be unpacked into $tree."
  fi
  run_child cmake -S "$tree" --preset release \
    -DBUILD_TESTING=OFF -DSOCKBENCH_HARNESS=OFF -DSOCKBENCH_WERROR=OFF \
    "-DCMAKE_CXX_FLAGS=$(compile_flags "$1")" "-DCMAKE_EXE_LINKER_FLAGS=$(link_flags "$2")" \
    >>"$out/logs/$1.log" 2>&1 || not_built "$1"
  configured[$1]=$2
}

# The variables let ccache recognise sources although their directory differs each time.
build() { # SIDE TARGET…
  local tree=$work/$1
  CCACHE_BASEDIR=$tree CCACHE_NOHASHDIR=1 run_child cmake --build "$tree/build/release" --target "${@:2}" \
    >>"$out/logs/$1.log" 2>&1 || not_built "$1"
}

list_models() { # SIDE: writes $work/SIDE.models
  local kept
  kept=$(cache_of "$1")/models
  if [[ ! -f $kept ]]; then
    configure "$1" 1
    cmake --build "$work/$1/build/release" --target help |
      sed -nE 's/^(\.\.\. )?server-([A-Za-z0-9_]+)(:.*)?$/\2/p' | LC_ALL=C sort -u >"$work/$1.models"
    keep "$work/$1.models" "$kept"
  fi
  cp -- "$kept" "$work/$1.models"
}
has_model() { grep -qxF -e "$2" -- "$work/$1.models"; } # SIDE MODEL

# Provides the programs of a side in one layout, from the cache or newly built.
provide() { # SIDE LAYOUT MODEL…
  local side=$1 layout=$2 kept model missing=()
  shift 2
  kept=$(cache_of "$side")/$layout
  for model; do
    [[ -f $kept/server-$model ]] || missing+=("server-$model")
  done
  if [[ ${#missing[@]} -gt 0 ]]; then
    say "building $side (${label[$side]}), layout $layout, servers: ${#missing[@]}"
    configure "$side" "$layout"
    build "$side" "${missing[@]}"
    for model in "${missing[@]}"; do
      [[ -f $work/$side/build/release/bin/$model ]] || not_built "$side"
      keep "$work/$side/build/release/bin/$model" "$kept/$model"
    done
  fi
  mkdir -p -- "$(programs_of "$side" "$layout")"
  for model; do
    cp -- "$kept/server-$model" "$(programs_of "$side" "$layout")/"
  done
}
# The paths of both sides have the same length, since they change the stack layout of the process.
programs_of() { printf '%s' "$work/programs/$1/$2"; } # SIDE LAYOUT

# Writes a program without symbols, line numbers and build id. Scripts are copied unchanged.
bare() { # SIDE MODEL
  local program copy=$work/$1.bare
  program=$(programs_of "$1" 1)/server-$2
  objcopy --strip-all --remove-section=.note.gnu.build-id "$program" "$copy" 2>/dev/null ||
    cp -- "$program" "$copy"
}
is_identical() { # MODEL
  bare base "$1"
  bare head "$1"
  cmp -s -- "$work/base.bare" "$work/head.bare"
}
