#include "consensus/difficulty.h"

#include <algorithm>
#include <limits>

namespace freezenet {
namespace {

__extension__ using Wide = __int128;

/// floor(a * factor * 2^shift), or nullopt where that has more than 256 bits. factor < 2^17, so neither half's product
/// overflows.
std::optional<Uint256> scaled(const Uint256& a, std::uint32_t factor, Wide shift) {
  const Uint256 low = a.shift_left(128).shift_right(128).saturating_mul_div(factor, 1);
  const Uint256 high = a.shift_right(128).saturating_mul_div(factor, 1).saturating_add(low.shift_right(128));
  const Uint256 rest = low.shift_left(128).shift_right(128);
  // The product is high * 2^128 + rest, rest < 2^128; `length` is its number of bits.
  const unsigned length = high.is_zero() ? rest.bit_length() : 128 + high.bit_length();
  if (length == 0 || shift + length <= 0) return Uint256{};
  if (shift + length > 256) return std::nullopt;
  const int by = static_cast<int>(shift) + 128;  // of `high`
  const Uint256 upper =
      by >= 0 ? high.shift_left(static_cast<unsigned>(by)) : high.shift_right(static_cast<unsigned>(-by));
  const Uint256 lower =
      shift >= 0 ? rest.shift_left(static_cast<unsigned>(shift)) : rest.shift_right(static_cast<unsigned>(-shift));
  return upper.saturating_add(lower);  // no bit in common
}

}  // namespace

std::optional<Uint256> target_from_compact(std::uint32_t bits) {
  const std::uint32_t length = bits >> 24;
  const Uint256 digits(bits & 0x007f'ffff);
  if ((bits & 0x0080'0000) != 0) return std::nullopt;
  const Uint256 target = length <= 3 ? digits.shift_right(8 * (3 - length)) : digits.shift_left(8 * (length - 3));
  if (target.is_zero()) return std::nullopt;
  if (length > 3 && digits.bit_length() + 8 * (length - 3) > 256) return std::nullopt;
  return target;
}

std::uint32_t target_to_compact(const Uint256& target) {
  std::uint32_t length = (target.bit_length() + 7) / 8;
  const Uint256 leading = length <= 3 ? target.shift_left(8 * (3 - length)) : target.shift_right(8 * (length - 3));
  auto digits = static_cast<std::uint32_t>(leading.low64());
  if ((digits & 0x0080'0000) != 0) {  // would read as a sign
    digits >>= 8;
    ++length;
  }
  return digits | length << 24;
}

Uint256 next_target(const Uint256& anchor_target, std::int64_t time_diff, std::uint64_t height_diff,
                    std::uint32_t interval, std::uint32_t half_life, const Uint256& limit) {
  // 16 fractional bits; the division truncates towards zero, the split into whole and fraction rounds down.
  const Wide behind = Wide{time_diff} - Wide{interval} * (Wide{height_diff} + 1);
  const Wide exponent = behind * 65'536 / half_life;
  const Wide whole = exponent >> 16;
  const auto fraction = static_cast<std::uint64_t>(exponent & 0xffff);
  // 2^(fraction / 65536) * 65536 by the specification's cubic, exact to 0.02%; below 2^64 for every fraction.
  const std::uint64_t cubic = 195'766'423'245'049 * fraction + 971'821'376 * fraction * fraction +
                              5'127 * fraction * fraction * fraction + (std::uint64_t{1} << 47);
  const auto factor = static_cast<std::uint32_t>(65'536 + (cubic >> 48));
  const auto target = scaled(anchor_target, factor, whole - 16);
  if (!target || *target > limit) return limit;
  return target->is_zero() ? Uint256(1) : *target;
}

std::uint32_t asert_next_bits(std::uint32_t anchor_bits, std::int64_t time_diff, std::uint64_t height_diff,
                              std::uint32_t interval, std::uint32_t half_life, const Uint256& limit) {
  const Uint256 anchor = target_from_compact(anchor_bits).value_or(limit);
  return target_to_compact(next_target(anchor, time_diff, height_diff, interval, half_life, limit));
}

std::int64_t virtual_time(std::int64_t parent_virtual, std::uint64_t parent_median, std::uint64_t median,
                          std::uint32_t interval) {
  const Wide bound = Wide{6} * interval;
  const Wide step = std::clamp(Wide{median} - Wide{parent_median}, -bound, bound);
  return static_cast<std::int64_t>(std::clamp<Wide>(parent_virtual + step, std::numeric_limits<std::int64_t>::min(),
                                                    std::numeric_limits<std::int64_t>::max()));
}

Uint256 work_of(const Uint256& base_target) {
  // 2^256 needs 257 bits; with d = base + 1, floor(2^256 / d) = floor((2^256 - d) / d) + 1 and 2^256 - d = 2^256 - 1 -
  // base.
  if (base_target == Uint256::max()) return Uint256(1);
  const Uint256 divisor = base_target.saturating_add(Uint256(1));
  return Uint256::max().saturating_sub(base_target).divide(divisor).saturating_add(Uint256(1));
}

Uint256 task_target(const Uint256& base_target, std::uint32_t num, std::uint32_t den) {
  return base_target.saturating_mul_div(num, den);
}

}  // namespace freezenet
