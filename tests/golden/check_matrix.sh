#!/usr/bin/env bash
# One segment, one digest: builds segment_digest (engine, kernels and the consensus files that they need; no LibTorch) with g++ and clang++, at -O0 and
# -O3, and compares every line that it prints - each kernel path of this machine, one and two threads - with segment.digest. Then builds it with
# contraction switched on, and demands another digest: a check that cannot fail proves nothing.
#
#   check_matrix.sh [BUILD_DIR]      exit 0 only if all of that holds
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(realpath -m "${1:-$(mktemp -d)}")
[ $# -ge 1 ] || trap 'rm -rf "$work"' EXIT
expected=$(cut -d' ' -f1 "$here/segment.digest")
machine=$(uname -m)
# shellcheck source=build.sh
. "$here/build.sh"

# build NAME COMPILER FLAGS...
build() {
  local name=$1 compiler=$2
  shift 2
  compile "$work/$name" "$machine" "$compiler $*" "${segment_sources[@]}" consensus/crypto/sha256.cpp
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
fma=none
if [ "$machine" = aarch64 ]; then fma=""; fi
if [ "$machine" = x86_64 ] && grep -qw fma /proc/cpuinfo; then fma=-mfma; fi
if [ "$fma" != none ]; then
  build contracted g++ -O3 -ffp-contract=fast $fma
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
