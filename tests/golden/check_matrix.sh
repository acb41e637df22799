#!/usr/bin/env bash
# One segment, one digest: builds segment_digest (engine, kernels and the consensus files that they need; no LibTorch) with g++ and clang++, at -O0 and
# -O3, and compares every line that it prints - each kernel path of this machine, one and two threads - with segment.digest. Then builds it with
# contraction switched on, and demands another digest: a check that cannot fail proves nothing.
#
#   check_matrix.sh [BUILD_DIR]      exit 0 only if all of that holds
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${1:-$(mktemp -d)}
[ $# -ge 1 ] || trap 'rm -rf "$work"' EXIT
expected=$(cut -d' ' -f1 "$here/segment.digest")

sources=(
  consensus/base/{hex,serialize}.cpp
  consensus/crypto/{hash_drbg,merkle,sha256,stream}.cpp
  consensus/{default_task,reject,task,task_check,task_plan,watermark}.cpp
  training/dataset/{dataset,digits}.cpp
  training/{engine,network,segment}.cpp
  training/kernels/*.cpp
  tests/golden/segment_digest.cpp
)

# build NAME COMPILER FLAGS...
build() {
  local name=$1 compiler=$2 source set
  shift 2
  mkdir -p "$work/$name"
  cd "$root"
  for source in ${sources[@]}; do
    set=""
    case $source in
      *table_avx2.cpp) [ "$(uname -m)" = x86_64 ] || continue; set="-mavx2 -mfma" ;;
      *table_avx512.cpp) [ "$(uname -m)" = x86_64 ] || continue; set="-mavx512f" ;;
    esac
    echo "$compiler -std=c++20 $set $* -pthread -I. -Itraining/dataset/data -c $source -o $work/$name/${source//\//_}.o"
  done | xargs -P "$(nproc)" -I{} sh -c '{}'
  "$compiler" -pthread "$work/$name"/*.o -lcrypto -o "$work/$name/segment_digest"
}

failed=0
for compiler in g++ clang++; do
  if ! command -v "$compiler" > /dev/null; then
    echo "$compiler: not installed"
    failed=1
    continue
  fi
  for level in -O0 -O3; do
    build "$compiler$level" "$compiler" "$level" -ffp-contract=off
    "$work/$compiler$level/segment_digest" > "$work/$compiler$level/out" || failed=1
    while read -r digest path; do
      if [ "$digest" = "$expected" ]; then verdict=equal; else verdict="DIFFERENT: $digest"; failed=1; fi
      echo "$compiler $level $path: $verdict"
    done < "$work/$compiler$level/out"
    # Both threads counts of the portable path at least, or the comparison compared nothing.
    [ "$(grep -c portable "$work/$compiler$level/out")" = 2 ] || failed=1
  done
done

# What a compiler that fuses multiplications and additions on its own would make of it. Needs a processor with the instruction.
if [ "$(uname -m)" = x86_64 ] && grep -qw fma /proc/cpuinfo; then
  build contracted g++ -O3 -ffp-contract=fast -mfma
  "$work/contracted/segment_digest" > "$work/contracted/out" || failed=1
  while read -r digest path; do
    if [ "$digest" != "$expected" ]; then verdict="differs, as it must"; else verdict="EQUAL: the digest does not notice contraction"; failed=1; fi
    echo "g++ -O3 with contraction $path: $verdict"
  done < "$work/contracted/out"
  [ -s "$work/contracted/out" ] || failed=1
else
  echo "contraction: not tried, this processor has no fused multiply-add"
fi
exit $failed
