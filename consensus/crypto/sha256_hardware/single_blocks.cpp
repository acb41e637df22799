#include "consensus/crypto/sha256_hardware/single_blocks.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include "consensus/crypto/sha256_hardware/single_blocks_x86.h"
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

#include "consensus/crypto/sha256_hardware/single_blocks_arm.h"
#endif

namespace freezenet::sha256_hardware {

#if defined(__x86_64__)

/// The instructions use the registers of SSE, which every system of this family saves: to ask the processor is enough.
/// Not by __builtin_cpu_supports(): the compilers of Debian 12 do not know "sha".
SingleBlocks single_blocks() {
  constexpr unsigned kSsse3 = 1U << 9, kSse41 = 1U << 19;  // leaf 1, ecx
  constexpr unsigned kSha = 1U << 29;                      // leaf 7, ebx
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kSsse3) == 0 || (c & kSse41) == 0) return nullptr;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & kSha) == 0) return nullptr;
  return single_blocks_x86;
}

#elif defined(__aarch64__) && defined(__linux__)

/// A user's program cannot read ARM's feature registers everywhere; Linux tells it what they hold.
SingleBlocks single_blocks() {
  constexpr unsigned long kSha2 = 1UL << 6;  // HWCAP_SHA2
  return (getauxval(AT_HWCAP) & kSha2) != 0 ? single_blocks_arm : nullptr;
}

#else

SingleBlocks single_blocks() { return nullptr; }

#endif

}  // namespace freezenet::sha256_hardware
