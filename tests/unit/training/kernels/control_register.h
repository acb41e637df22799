#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace freezenet::kernels {

/// The floating-point control register of the calling thread - MXCSR or FPCR, written by other means than
/// FloatEnvironment's own - and what in it changes results.
#if defined(__x86_64__)

struct ControlRegister {
  static std::uint32_t read() { return _mm_getcsr() & ~0x3FU; }  // without the record of what happened
  static void write(std::uint32_t value) { _mm_setcsr(value); }

  static constexpr std::uint32_t kFlushResults = 0x8000;
  static constexpr std::uint32_t kChanges[] = {kFlushResults, 0x0040 /* denormals are zero */, 0x2000 /* down */,
                                               0x4000 /* up */, 0x6000 /* toward zero */};
};

#elif defined(__aarch64__)

struct ControlRegister {
  static std::uint32_t read() { return static_cast<std::uint32_t>(__builtin_aarch64_get_fpcr()); }
  static void write(std::uint32_t value) { __builtin_aarch64_set_fpcr(value); }

  static constexpr std::uint32_t kFlushResults = 1U << 24;
  static constexpr std::uint32_t kChanges[] = {kFlushResults, 1U << 25 /* default NaN */, 1U << 22 /* up */,
                                               2U << 22 /* down */, 3U << 22 /* toward zero */};
};

#endif

}  // namespace freezenet::kernels
