# Sourced by this folder's checks: what a golden program is made of, and how it is compiled, by any compiler for any machine. By hand
# and not by CMake, because the checks vary what CMake holds constant.
#
# Needs root, the repository, and goes there: paths below are meant from it.
cd "${root:?the repository}"

segment_sources=(
  consensus/base/{hex,serialize}.cpp
  consensus/crypto/{counter_hash,hash_drbg,merkle,stream,swaps}.cpp
  consensus/crypto/sha256_hardware/*.cpp
  consensus/{default_task,reject,task,task_check,task_plan,watermark}.cpp
  training/dataset/{dataset,digits}.cpp
  training/{augment,engine,network,segment}.cpp
  training/layers/*.cpp
  training/kernels/*.cpp
  tests/golden/segment_digest.cpp
)

# compile DIR MACHINE "COMPILER FLAGS..." SOURCE... : DIR/*.o. MACHINE as uname -m names it: of the files of one instruction set only its own.
compile() {
  local dir=$1 machine=$2 command=$3 source flags
  shift 3
  mkdir -p "$dir"
  for source in "$@"; do
    flags=""
    case $machine:$source in
      x86_64:*table_avx2.cpp) flags="-mavx2 -mfma" ;;
      x86_64:*table_avx512.cpp) flags="-mavx512f" ;;
      x86_64:*single_blocks_x86.cpp) flags="-mssse3 -msse4.1 -msha" ;;
      aarch64:*table_neon.cpp) ;;
      aarch64:*single_blocks_arm.cpp) flags="-march=armv8-a+crypto" ;;
      *table_portable.cpp) ;;
      *kernels/table_*.cpp | *single_blocks_*.cpp) continue ;;
    esac
    echo "$command -std=c++20 $flags -pthread -I. -Itraining/dataset/data -c $source -o $dir/${source//\//_}.o"
  done | xargs -P "$(nproc)" -I{} sh -c '{}'
}
