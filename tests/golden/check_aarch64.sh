#!/usr/bin/env bash
# The same bits on 64-bit ARM: cross-compiles what check_matrix.sh compiles, runs it under qemu's user-mode emulation and compares.
#
# - ops_digest, every operation, on portable and neon against ops.digest: at -O3 with one, two and three threads, at -O0 with two.
# - segment_digest against segment.digest: at -O3 portable and neon with one and two threads, at -O0 neon with two.
# - The unit tests of training/kernels, which hold every operation on both paths against its definition (odd shapes, every 257th input of
#   exp and log, the control register FPCR), with GoogleTest from the sources that Debian installs beside its library.
# - With contraction switched on, other digests.
#
# There is no OpenSSL for ARM here: sha256_stand_in.cpp hashes. The unit tests of the hash and of the
# hash by the processor's own instructions run too, on published examples.
# An emulator proves bits, not speed: a segment takes 4 to 8 s at -O3, and 12 to 23 s at -O0, where only one runs.
#
#   check_aarch64.sh [BUILD_DIR]      exit 0 only if all of that holds
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(realpath -m "${1:-$(mktemp -d)}")
[ $# -ge 1 ] || trap 'rm -rf "$work"' EXIT
# shellcheck source=build.sh
. "$here/build.sh"

gxx=aarch64-linux-gnu-g++
arm_libraries=/usr/aarch64-linux-gnu
googletest=/usr/src/googletest/googletest
missing=""
for tool in $gxx qemu-aarch64; do command -v $tool > /dev/null || missing="$missing $tool"; done
[ -f $googletest/src/gtest-all.cc ] || missing="$missing $googletest"
if [ -n "$missing" ]; then
  echo "not installed:$missing (scripts/install-dependencies)"
  exit 1
fi

# Debian's cross compiler looks into /usr/include last: what is found there has to be the same for every machine, as tl::expected is.
cross="$gxx -ffp-contract=off"
contracted="$gxx -ffp-contract=fast -O3"
with_googletest="$cross -O1 -isystem $googletest/include -I$googletest"

hash_sources=(tests/golden/{plain_sha256,sha256_stand_in}.cpp)
test_sources=(tests/unit/training/kernels/*_test.cpp tests/unit/consensus/crypto/{counter_hash,sha256}_test.cpp tests/golden/plain_sha256_test.cpp
  $googletest/src/gtest-all.cc $googletest/src/gtest_main.cc)

{
  for level in O3 O0; do precompile "$work/$level" "$cross -$level"; done
  precompile "$work/contracted" "$contracted"
  precompile "$work/tests" "$with_googletest"
} | in_parallel
{
  commands "$work/tests" aarch64 "$with_googletest" "${test_sources[@]}"
  for level in O3 O0; do commands "$work/$level" aarch64 "$cross -$level" "${golden_sources[@]}" "${hash_sources[@]}"; done
  commands "$work/contracted" aarch64 "$contracted" "${contracted_sources[@]}"
} | in_parallel

share "$work/contracted" "$work/O3"
test_objects=("$work"/tests/*.o "$work"/O3/training_kernels_*.o "$work"/O3/tests_golden_{plain_sha256,sha256_stand_in}.cpp.o
  "$work"/O3/consensus_crypto_{counter_hash,sha256_hardware_single_blocks,sha256_hardware_single_blocks_arm}.cpp.o
  "$work"/O3/consensus_base_hex.cpp.o)
{
  echo "$gxx -pthread ${test_objects[*]} -o $work/tests/program"
  for name in O3 O0 contracted; do link "$work/$name" $gxx; done
} | in_parallel

# Long runs first.
qemu="qemu-aarch64 -L $arm_libraries"
{
  run "$work/tests" program "" $qemu
  run "$work/O0" segment_digest "neon/2" $qemu
  run "$work/O3" segment_digest "1 2" $qemu
  run "$work/contracted" segment_digest "1" $qemu
  run "$work/O0" ops_digest "2" $qemu
  run "$work/O3" ops_digest "1 2 3" $qemu
  run "$work/contracted" ops_digest "1" $qemu
} | in_parallel

failed=0
for name in O3 O0 contracted; do compare "aarch64 $name" "$work/$name" neon || failed=1; done
tail -n 3 "$work/tests/program.out" | head -n 2
# A main() that found no test would pass as well.
{ [ "$(tail -n 1 "$work/tests/program.out")" = "exit 0" ] && grep -q "FollowsItsDefinitionOnEveryPath" "$work/tests/program.out"; } || {
  cat "$work/tests/program.out"
  failed=1
}
exit $failed
