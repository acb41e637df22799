#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "consensus/base/bytes.h"

namespace freezenet {

/// Unsigned 256-bit integer for targets and work: four 64-bit limbs, least significant first. Only what difficulty
/// needs. Nothing wraps in silence: the operations that could overflow say what they do instead.
class Uint256 {
 public:
  constexpr Uint256() = default;
  constexpr explicit Uint256(std::uint64_t low) : limbs_{low, 0, 0, 0} {}
  /// The integer whose little-endian bytes are the hash.
  static Uint256 from_hash(const Hash256& hash);
  static constexpr Uint256 max() {
    Uint256 v;
    v.limbs_ = {~0ULL, ~0ULL, ~0ULL, ~0ULL};
    return v;
  }
  /// 2^bit; bit < 256.
  static Uint256 power_of_two(unsigned bit);

  friend bool operator==(const Uint256&, const Uint256&) = default;
  friend std::strong_ordering operator<=>(const Uint256& a, const Uint256& b) {
    for (std::size_t i = 4; i-- > 0;) {
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
    }
    return std::strong_ordering::equal;
  }

  /// min(a + b, 2^256 - 1).
  [[nodiscard]] Uint256 saturating_add(const Uint256& b) const;
  /// a - b, 0 where b > a.
  [[nodiscard]] Uint256 saturating_sub(const Uint256& b) const;
  /// min(floor(a * num / den), 2^256 - 1), the product held in 288 bits; den != 0.
  [[nodiscard]] Uint256 saturating_mul_div(std::uint32_t num, std::uint32_t den) const;
  /// floor(a / b); b != 0.
  [[nodiscard]] Uint256 divide(const Uint256& b) const;
  [[nodiscard]] Uint256 shift_left(unsigned n) const;  ///< bits shifted out are lost; n may exceed 255
  [[nodiscard]] Uint256 shift_right(unsigned n) const;
  /// Number of bits up to the highest set one; 0 for zero.
  [[nodiscard]] unsigned bit_length() const;
  [[nodiscard]] std::uint64_t low64() const { return limbs_[0]; }
  [[nodiscard]] bool is_zero() const { return bit_length() == 0; }
  [[nodiscard]] Hash256 to_hash() const;
  /// Nearest binary64: for display only, never for a rule.
  [[nodiscard]] double to_double() const;

 private:
  std::array<std::uint64_t, 4> limbs_{};
};

/// 64 hexadecimal digits, most significant first.
std::string to_hex(const Uint256& value);

}  // namespace freezenet
