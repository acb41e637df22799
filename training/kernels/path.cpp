#include "training/kernels/path.h"

#include <algorithm>

namespace freezenet::kernels {

namespace {

// What a processor of this build's family may have, slowest first.
#if defined(__x86_64__)
constexpr Path kAll[] = {Path::kPortable, Path::kAvx2, Path::kAvx512};
#elif defined(__aarch64__)
constexpr Path kAll[] = {Path::kPortable, Path::kNeon};
#else
constexpr Path kAll[] = {Path::kPortable};
#endif

/// x86: the compiler's cpuid support asks both the processor and, through XGETBV, which registers the operating system
/// saves. ARM: the procedure-call standard of the 64-bit systems already passes floats in Advanced SIMD's registers, so
/// what runs at all has them.
bool runs_here(Path path) {
  switch (path) {
    case Path::kPortable: return true;
#if defined(__x86_64__)
    case Path::kAvx2: __builtin_cpu_init(); return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    // BW, which g++ needs for vectors of bytes, is in all of them but the Xeon Phi.
    case Path::kAvx512:
      __builtin_cpu_init();
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
#elif defined(__aarch64__)
    case Path::kNeon: return true;
#endif
    default: return false;
  }
}

/// Every path implies the ones before it on all processors that exist, so the available ones are a prefix of the list.
std::size_t available_count() {
  std::size_t n = 1;
  while (n < std::size(kAll) && runs_here(kAll[n])) ++n;
  return n;
}

}  // namespace

std::string_view name(Path path) {
  switch (path) {
    case Path::kPortable: return "portable";
    case Path::kAvx2: return "avx2";
    case Path::kAvx512: return "avx512";
    case Path::kNeon: return "neon";
  }
  return "unknown";
}

std::span<const Path> available_paths() { return std::span<const Path>(kAll).first(available_count()); }

bool available(Path path) {
  const auto paths = available_paths();
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

Path best_path() { return available_paths().back(); }

}  // namespace freezenet::kernels
