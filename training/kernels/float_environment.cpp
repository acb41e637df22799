#include "training/kernels/float_environment.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace freezenet::kernels {

#if defined(__x86_64__)

namespace {
constexpr std::uint32_t kAllTrapsMasked =
    0x1F80;  // rounding 00 (nearest), flush-to-zero 0, denormals-are-zero 0, no sticky flags
constexpr std::uint32_t kStickyFlags = 0x003F;  // record what happened; of no effect on results
}  // namespace

FloatEnvironment::FloatEnvironment() : saved_(_mm_getcsr()) { _mm_setcsr(kAllTrapsMasked); }
FloatEnvironment::~FloatEnvironment() { _mm_setcsr(saved_); }
bool FloatEnvironment::correct() { return (_mm_getcsr() & ~kStickyFlags) == kAllTrapsMasked; }

#elif defined(__aarch64__)

namespace {

/// FPCR of the Arm Architecture Reference Manual. Zero is all that the profile asks for: rounding to nearest (RMode,
/// bits 23-22), no flush to zero (FZ 24, FZ16 19 and, on the newest processors, FIZ 0 and AH 1), NaNs that propagate
/// (DN 25), no trap (15, 12-8). What happened is recorded elsewhere, in FPSR.
constexpr std::uint64_t kFpcr = 0;

std::uint64_t read_fpcr() {
  std::uint64_t value = 0;
  asm volatile("mrs %0, fpcr" : "=r"(value) : : "memory");
  return value;
}

void write_fpcr(std::uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value) : "memory"); }

}  // namespace

FloatEnvironment::FloatEnvironment() : saved_(static_cast<std::uint32_t>(read_fpcr())) { write_fpcr(kFpcr); }
FloatEnvironment::~FloatEnvironment() { write_fpcr(saved_); }
bool FloatEnvironment::correct() { return read_fpcr() == kFpcr; }

#else

FloatEnvironment::FloatEnvironment() : saved_(static_cast<std::uint32_t>(std::fegetround())) {
  std::fesetround(FE_TONEAREST);
}
FloatEnvironment::~FloatEnvironment() { std::fesetround(static_cast<int>(saved_)); }
/// No portable call asks about denormals: half of the smallest normal number tells.
bool FloatEnvironment::correct() {
  volatile float smallest_normal = 0x1p-126F;
  volatile float half = smallest_normal * 0.5F;
  return std::fegetround() == FE_TONEAREST && half != 0.0F && half + half == smallest_normal;
}

#endif

}  // namespace freezenet::kernels
