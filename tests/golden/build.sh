# Sourced by this folder's checks: what the golden programs are made of, and how they are compiled, by any compiler for any machine. By hand
# and not by CMake, because the checks vary what CMake holds constant.
#
# Needs root, the repository, and goes there: paths below are meant from it.
cd "${root:?the repository}"

golden_programs=(segment_digest ops_digest)

# What they share, and each one's own file: everything is compiled once for both.
golden_sources=(
  consensus/base/{hex,serialize}.cpp
  consensus/crypto/{counter_hash,hash_drbg,merkle,stream,swaps}.cpp
  consensus/crypto/sha256_hardware/*.cpp
  consensus/{default_task,reject,task,task_check,task_plan,watermark}.cpp
  training/dataset/{dataset,digits}.cpp
  training/{augment,batch,engine,network,segment}.cpp
  training/layers/*.cpp
  training/kernels/*.cpp
  tests/golden/runs.cpp
  tests/golden/{segment,ops}_digest.cpp
)

# Those of them that calculate with floats: what contraction could change.
contracted_sources=(training/{engine,network,segment}.cpp training/layers/*.cpp training/kernels/*.cpp)
contraction_shows_in=(exp cross-entropy group-norm.forward group-norm.backward)

# What most of them include, precompiled once for each set of flags: most of the time would go into it.
headers=(algorithm array bit cstdint cstring functional map memory optional span string string_view unordered_map utility variant vector tl/expected.hpp)

# precompile DIR "COMPILER FLAGS..." : prints the command that precompiles them, to run before those of commands with the same arguments.
precompile() {
  mkdir -p "$1"
  printf '#include <%s>\n' "${headers[@]}" > "$1/headers.h"
  echo "$2 -std=c++20 -pthread -x c++-header $1/headers.h -o $1/headers.h.gch"
}

# commands DIR MACHINE "COMPILER FLAGS..." SOURCE... : prints the commands that compile these to DIR/*.o. MACHINE as uname -m names it: of the
# files of one instruction set only its own, with its flags and none of the headers above.
commands() {
  local dir=$1 machine=$2 command=$3 source flags
  shift 3
  for source in "$@"; do
    flags=""
    case $machine:$source in
      x86_64:*table_avx2.cpp) flags="-mavx2 -mfma" ;;
      x86_64:*table_avx512.cpp) flags="-mavx512f -mavx512bw" ;;
      x86_64:*single_blocks_x86.cpp) flags="-mssse3 -msse4.1 -msha" ;;
      aarch64:*table_neon.cpp) ;;
      aarch64:*single_blocks_arm.cpp) flags="-march=armv8-a+crypto" ;;
      *table_portable.cpp) ;;
      *kernels/table_*.cpp | *single_blocks_*.cpp) continue ;;
      *) flags="-include $dir/headers.h" ;;
    esac
    echo "$command -std=c++20 $flags -pthread -I. -Itraining/dataset/data -c $source -o $dir/${source//\//_}.o"
  done
}

# link DIR "COMPILER FLAGS..." LIBRARY... : prints the commands that make the golden programs, DIR/NAME, from DIR/*.o.
link() {
  local dir=$1 command=$2 program object shared=""
  shift 2
  for object in "$dir"/*.o; do
    case $object in *_digest.cpp.o) ;; *) shared+=" $object" ;; esac
  done
  for program in "${golden_programs[@]}"; do
    echo "$command -pthread $dir/tests_golden_$program.cpp.o$shared $* -o $dir/$program"
  done
}

# in_parallel: runs the commands of its input, one a line, as many at a time as there are processors. Fails where one of them did.
in_parallel() { xargs -P "$(nproc)" -I{} sh -c '{}'; }

# share DIR FROM : the objects of FROM that DIR has not got.
share() {
  local object
  for object in "$2"/*.o; do
    [ -e "$1/${object##*/}" ] || cp "$object" "$1"
  done
}

# run DIR PROGRAM "RUNS" COMMAND... : prints the command, put before DIR/PROGRAM, that leaves in DIR/PROGRAM.out what it printed and how it ended.
run() {
  local out=$1/$2.out program=$1/$2 runs=$3
  shift 3
  echo "$* $program $runs > $out 2>&1; echo exit \$? >> $out"
}

# compare NAME DIR PATH... : DIR/PROGRAM.out of both programs with what is expected, a verdict for each run; of these paths there has to be one. In a DIR of the name contracted bits have to differ
# instead: the segment's, and those of contraction_shows_in. Fails where one is not as it must be.
compare() {
  local name=$1 dir=$2 status=0 program path labels label different unmoved verdict
  shift 2
  for program in "${golden_programs[@]}"; do
    labels=$(sed -n 's|^.* \([a-z0-9]*/[0-9]*\)$|\1|p' "$dir/$program.out" | uniq)
    if [ "$(tail -n 1 "$dir/$program.out")" != "exit 0" ]; then
      echo "$name $program failed:"
      grep -v '/[0-9]*$' "$dir/$program.out" || true
      status=1
    fi
    # What did not run compared nothing.
    for path in "$@"; do
      [[ $labels == *$path/* ]] || { echo "$name $program: no run on $path"; status=1; }
    done
    for label in $labels; do
      # The names of the lines that differ, of the segment the digest itself.
      different=$(comm -3 <(sed -n "s| $label\$||p" "$dir/$program.out" | sort) <(sort "tests/golden/${program/_/.}") | awk '{ print $1 }' | sort -u)
      verdict=equal
      if [ "${dir##*/}" = contracted ]; then
        unmoved=$(comm -23 <(printf '%s\n' "${contraction_shows_in[@]}" | sort) <(echo "$different") | paste -sd' ')
        verdict="differs, as it must"
        if [ -z "$different" ] || { [ "$program" = ops_digest ] && [ -n "$unmoved" ]; }; then
          verdict="EQUAL: contraction is not noticed: $unmoved"
          status=1
        fi
      elif [ -n "$different" ]; then
        verdict="DIFFERENT: ${different//$'\n'/ }"
        status=1
      fi
      echo "$name $program $label: $verdict"
    done
  done
  return $status
}
