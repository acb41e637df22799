#include "training/kernels/math.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace freezenet::kernels {

namespace {

const float kNan = std::bit_cast<float>(std::uint32_t{0x7FC00000});
const float kInfinity = std::bit_cast<float>(std::uint32_t{0x7F800000});

// ln 2 = kLn2High + kLn2Low. The high part has 9 significant bits fewer than a float holds, so that its product with
// any exponent is exact.
constexpr float kLn2High = 0x1.62e4p-1F;
constexpr float kLn2Low = 0x1.7f7d1cp-20F;

/// 2^n for -126 <= n <= 127.
float power_of_two(std::int32_t n) { return std::bit_cast<float>(static_cast<std::uint32_t>(n + 127) << 23); }

}  // namespace

// Every product below is rounded before it is added: contraction would change bits here first.

float exp(float x) {
  if (x != x) return kNan;
  if (x > 0x1.62e42ep+6F) return kInfinity;  // the largest float below ln(2^128)
  if (x < -0x1.9fe368p+6F) return 0.0F;  // the smallest float above ln(2^-150), below which the result rounds to zero
  // Adding 1.5 * 2^23 leaves the integer nearest to x / ln 2 in the last bits.
  const float n = (x * 0x1.715476p+0F + 0x1.8p+23F) - 0x1.8p+23F;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  // Taylor's polynomial of degree 7, |r| <= 0.347: the first term left out is below 2^-27.
  float p = 0x1.a01a02p-13F;    // 1/5040
  p = p * r + 0x1.6c16c2p-10F;  // 1/720
  p = p * r + 0x1.111112p-7F;   // 1/120
  p = p * r + 0x1.555556p-5F;   // 1/24
  p = p * r + 0x1.555556p-3F;   // 1/6
  p = p * r + 0x1p-1F;
  p = (p * r) * r + r;
  p = p + 1.0F;
  // In two factors, since 2^n itself may be no float; only the second product can round.
  const auto i = static_cast<std::int32_t>(n);
  const std::int32_t half = i >> 1;
  return p * power_of_two(half) * power_of_two(i - half);
}

float log(float x) {
  if (x != x || x < 0.0F) return kNan;
  if (x == 0.0F) return -kInfinity;
  if (x == kInfinity) return kInfinity;
  std::int32_t e = 0;
  if (x < 0x1p-126F) {
    x = x * 0x1p+23F;
    e = -23;
  }
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)): subtracting the bits of sqrt(1/2) carries into the exponent exactly
  // where m passes sqrt(2).
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t shifted = bits - 0x3F3504F3U;
  e += static_cast<std::int32_t>(shifted) >> 23;
  const float m = std::bit_cast<float>((shifted & 0x007FFFFFU) + 0x3F3504F3U);
  // ln m = ln((1 + s) / (1 - s)) = 2 s + s (2/3 s^2 + 2/5 s^4 + ...), |s| <= 0.1716; 2 s = f - s f keeps f exact.
  const float f = m - 1.0F;
  const float s = f / (2.0F + f);
  const float z = s * s;
  float q = 0x1.c71c72p-3F;    // 2/9
  q = q * z + 0x1.24924ap-2F;  // 2/7
  q = q * z + 0x1.99999ap-2F;  // 2/5
  q = q * z + 0x1.555556p-1F;  // 2/3
  const float tail = s * (q * z - f);
  const float n = static_cast<float>(e);
  return n * kLn2High + (f + (tail + n * kLn2Low));
}

float inverse_sqrt(float x) {
  if (x != x || x < 0.0F) return kNan;
  return 1.0F / std::sqrt(x);
}

}  // namespace freezenet::kernels
