#include "training/kernels/float_environment.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#else
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
