#include "consensus/base/uint256.h"

#include <bit>
#include <cmath>

#include "consensus/base/hex.h"

namespace freezenet {

Uint256 Uint256::from_hash(const Hash256& hash) {
  Uint256 value;
  for (std::size_t i = 0; i < 32; ++i) {
    value.limbs_[i / 8] |= std::uint64_t{hash.bytes[i]} << (8 * (i % 8));
  }
  return value;
}

Hash256 Uint256::to_hash() const {
  Hash256 hash;
  for (std::size_t i = 0; i < 32; ++i) hash.bytes[i] = static_cast<std::uint8_t>(limbs_[i / 8] >> (8 * (i % 8)));
  return hash;
}

Uint256 Uint256::power_of_two(unsigned bit) {
  Uint256 value;
  value.limbs_[bit / 64] = std::uint64_t{1} << (bit % 64);
  return value;
}

Uint256 Uint256::saturating_add(const Uint256& b) const {
  Uint256 sum;
  bool carry = false;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t partial = limbs_[i] + b.limbs_[i];
    const std::uint64_t total = partial + (carry ? 1 : 0);
    carry = partial < limbs_[i] || total < partial;
    sum.limbs_[i] = total;
  }
  return carry ? max() : sum;
}

Uint256 Uint256::saturating_sub(const Uint256& b) const {
  if (b >= *this) return {};
  Uint256 difference;
  bool borrow = false;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t partial = limbs_[i] - b.limbs_[i];
    difference.limbs_[i] = partial - (borrow ? 1 : 0);
    borrow = limbs_[i] < b.limbs_[i] || (borrow && partial == 0);
  }
  return difference;
}

Uint256 Uint256::saturating_mul_div(std::uint32_t num, std::uint32_t den) const {
  // Schoolbook in base 2^32: nine digits hold 256 + 32 bits, and each step fits into 64.
  std::array<std::uint32_t, 9> digits{};
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto digit = static_cast<std::uint32_t>(limbs_[i / 2] >> (32 * (i % 2)));
    carry += std::uint64_t{digit} * num;
    digits[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  digits[8] = static_cast<std::uint32_t>(carry);

  std::uint64_t remainder = 0;
  for (std::size_t i = 9; i-- > 0;) {
    remainder = (remainder << 32) | digits[i];
    digits[i] = static_cast<std::uint32_t>(remainder / den);
    remainder %= den;
  }
  if (digits[8] != 0) return max();
  Uint256 quotient;
  for (std::size_t i = 0; i < 8; ++i) quotient.limbs_[i / 2] |= std::uint64_t{digits[i]} << (32 * (i % 2));
  return quotient;
}

Uint256 Uint256::divide(const Uint256& b) const {
  // Bit by bit: 256 steps at most, once a block. `rest` is never more than the leading bits of a that were taken so
  // far, so doubling it loses nothing.
  Uint256 quotient;
  Uint256 rest;
  for (unsigned bit = bit_length(); bit-- > 0;) {
    rest = rest.shift_left(1);
    rest.limbs_[0] |= (limbs_[bit / 64] >> (bit % 64)) & 1;
    if (rest < b) continue;
    rest = rest.saturating_sub(b);
    quotient.limbs_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  return quotient;
}

Uint256 Uint256::shift_left(unsigned n) const {
  if (n >= 256) return {};
  Uint256 shifted;
  const std::size_t whole = n / 64;
  const unsigned part = n % 64;
  for (std::size_t i = whole; i < 4; ++i) {
    shifted.limbs_[i] = limbs_[i - whole] << part;
    if (part != 0 && i > whole) shifted.limbs_[i] |= limbs_[i - whole - 1] >> (64 - part);
  }
  return shifted;
}

Uint256 Uint256::shift_right(unsigned n) const {
  if (n >= 256) return {};
  Uint256 shifted;
  const std::size_t whole = n / 64;
  const unsigned part = n % 64;
  for (std::size_t i = 0; i + whole < 4; ++i) {
    shifted.limbs_[i] = limbs_[i + whole] >> part;
    if (part != 0 && i + whole + 1 < 4) shifted.limbs_[i] |= limbs_[i + whole + 1] << (64 - part);
  }
  return shifted;
}

unsigned Uint256::bit_length() const {
  for (unsigned i = 4; i-- > 0;) {
    if (limbs_[i] != 0) return 64 * i + static_cast<unsigned>(std::bit_width(limbs_[i]));
  }
  return 0;
}

double Uint256::to_double() const {
  const unsigned length = bit_length();
  if (length <= 64) return static_cast<double>(limbs_[0]);
  // The top 64 bits, the lowest of them standing for everything below: one rounding instead of two.
  const unsigned dropped = length - 64;
  const Uint256 top = shift_right(dropped);
  const bool sticky = top.shift_left(dropped) != *this;
  return std::ldexp(static_cast<double>(top.limbs_[0] | (sticky ? 1 : 0)), static_cast<int>(dropped));
}

std::string to_hex(const Uint256& value) { return to_hex(value.to_hash()); }

}  // namespace freezenet
