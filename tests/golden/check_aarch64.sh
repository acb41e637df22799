#!/usr/bin/env bash
# The same bits on 64-bit ARM: cross-compiles what check_matrix.sh compiles, runs it under qemu's user-mode emulation and compares.
#
# - segment_digest at -O3: portable and neon, one and two threads, against segment.digest; at -O0 the same with two threads.
# - The unit tests of training/kernels, which hold every operation on both paths against its definition (odd shapes, every 257th input of
#   exp and log, the control register FPCR), with GoogleTest from the sources that Debian installs beside its library.
# - With contraction switched on, another digest.
#
# There is no OpenSSL for ARM here: sha256_stand_in.cpp hashes. The unit tests of the hash and of the
# hash by the processor's own instructions run too, on published examples.
# An emulator proves bits, not speed. All of it takes 230 s of processor time. Four segments take 30 s at -O3 and 103 s at -O0: there only two run.
#
#   check_aarch64.sh [BUILD_DIR]      exit 0 only if all of that holds
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(realpath -m "${1:-$(mktemp -d)}")
[ $# -ge 1 ] || trap 'rm -rf "$work"' EXIT
expected=$(cut -d' ' -f1 "$here/segment.digest")
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

hash_sources=(tests/golden/{plain_sha256,sha256_stand_in}.cpp)
kernel_tests=(tests/unit/training/kernels/*_test.cpp)
hash_tests=(tests/unit/consensus/crypto/{counter_hash,sha256}_test.cpp tests/golden/plain_sha256_test.cpp)

compile "$work/O3" aarch64 "$cross -O3" "${segment_sources[@]}" "${hash_sources[@]}"
compile "$work/O0" aarch64 "$cross -O0" "${segment_sources[@]}" "${hash_sources[@]}"
compile "$work/tests" aarch64 "$cross -O1 -isystem $googletest/include -I$googletest" "${kernel_tests[@]}" "${hash_tests[@]}" \
  $googletest/src/gtest-all.cc $googletest/src/gtest_main.cc
# The rest of the program multiplies no floats.
mkdir -p "$work/contracted"
cp "$work"/O3/*.o "$work/contracted"
compile "$work/contracted" aarch64 "${cross/contract=off/contract=fast} -O3" training/{engine,network,segment}.cpp training/kernels/*.cpp

for name in O3 O0 contracted; do $gxx -pthread "$work/$name"/*.o -o "$work/$name/program"; done
$gxx -pthread "$work"/tests/*.o "$work"/O3/training_kernels_*.o "$work"/O3/tests_golden_{plain_sha256,sha256_stand_in}.cpp.o \
  "$work"/O3/consensus_crypto_{counter_hash,sha256_hardware_single_blocks,sha256_hardware_single_blocks_arm}.cpp.o \
  "$work"/O3/consensus_base_hex.cpp.o -o "$work/tests/program"

# Long runs first, as many at a time as there are processors. Each leaves what it printed and how it ended.
runs=(O0:portable/2 O0:neon/2 tests: {O3,contracted}:{portable,neon}/1 O3:{portable,neon}/2)
printf '%s\n' "${runs[@]}" | xargs -P "$(nproc)" -I{} bash -c '
  run=$1 name=${1%%:*} argument=${1#*:}
  qemu-aarch64 -L "$2" "$3/$name/program" $argument > "$3/${run//\//-}.out" 2>&1
  echo "exit $?" >> "$3/${run//\//-}.out"' _ {} $arm_libraries "$work"

failed=0
for run in "${runs[@]}"; do
  out=$work/${run//\//-}.out name=${run%%:*} path=${run#*:}
  if ! grep -qx "exit 0" "$out"; then
    echo "$run failed:"
    cat "$out"
    failed=1
    continue
  fi
  if [ "$name" = tests ]; then
    tail -n 2 "$out" | head -n 1
    # A main() that found no test would pass as well.
    grep -q "FollowsItsDefinitionOnEveryPath" "$out" || failed=1
    continue
  fi
  digest=$(grep " $path\$" "$out" | cut -d' ' -f1)
  if [ "$name" = contracted ]; then
    verdict="differs, as it must"
    if [ "$digest" = "$expected" ]; then verdict="EQUAL: the digest does not notice contraction"; failed=1; fi
  else
    verdict=equal
    if [ "$digest" != "$expected" ]; then verdict="DIFFERENT: $digest"; failed=1; fi
  fi
  echo "aarch64 $name $path: $verdict"
done
exit $failed
