#!/usr/bin/env bash
# One segment, one digest; and every operation by itself: builds segment_digest and ops_digest (engine, kernels and the consensus files that they
# need; no LibTorch) with g++ and clang++, at -O0 and -O3, and compares what they print, on each kernel path of this machine, with segment.digest and
# ops.digest: with one and two threads, the operations by g++ at -O3 with up to eight, which is more threads than samples. Then builds them with contraction switched on, and demands other digests: a check that cannot fail proves nothing.
#
#   check_matrix.sh [BUILD_DIR]      exit 0 only if all of that holds
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(realpath -m "${1:-$(mktemp -d)}")
[ $# -ge 1 ] || trap 'rm -rf "$work"' EXIT
machine=$(uname -m)
# shellcheck source=build.sh
. "$here/build.sh"

failed=0
variants=()
for compiler in g++ clang++; do
  if command -v "$compiler" > /dev/null; then
    variants+=("$compiler-O3" "$compiler-O0")
  else
    echo "$compiler: not installed"
    failed=1
  fi
done
# What a compiler that fuses multiplications and additions on its own would make of it. Needs a processor with the instruction.
fma=none
if [ "$machine" = aarch64 ]; then fma=""; fi
if [ "$machine" = x86_64 ] && grep -qw fma /proc/cpuinfo; then fma=-mfma; fi

flags_of() { echo "${1%-O*} -O${1##*-O} -ffp-contract=off"; }
contracted="g++ -O3 -ffp-contract=fast $fma"
{
  for variant in "${variants[@]}"; do precompile "$work/$variant" "$(flags_of "$variant")"; done
  [ "$fma" = none ] || precompile "$work/contracted" "$contracted"
} | in_parallel
{
  for variant in "${variants[@]}"; do
    commands "$work/$variant" "$machine" "$(flags_of "$variant")" "${golden_sources[@]}" consensus/crypto/sha256.cpp
  done
  [ "$fma" = none ] || commands "$work/contracted" "$machine" "$contracted" "${contracted_sources[@]}"
} | in_parallel
for variant in "${variants[@]}"; do link "$work/$variant" "${variant%-O*}" -lcrypto; done | in_parallel
if [ "$fma" != none ]; then
  share "$work/contracted" "$work/g++-O3"
  link "$work/contracted" g++ -lcrypto | in_parallel
  variants+=(contracted)
fi

for variant in "${variants[@]}"; do
  segment="1 2" ops="1 2"
  case $variant in
    g++-O3) ops="1 2 3 4 5 6 7 8" ;;
    contracted) segment=1 ops=1 ;;
  esac
  run "$work/$variant" segment_digest "$segment"
  run "$work/$variant" ops_digest "$ops"
done | in_parallel

for variant in "${variants[@]}"; do
  compare "$variant" "$work/$variant" portable || failed=1
done
[ "$fma" != none ] || echo "contraction: not tried, this processor has no fused multiply-add"
exit $failed
