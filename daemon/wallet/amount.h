#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// Units of one coin.
inline constexpr std::uint64_t kCoin = 100'000'000;

/// "12.00000001": decimal digits, a point and one to eight more where there are any; never through a float.
/// kBadEncoding for all else, a sign, an exponent, a needless leading zero and a ninth digit among it; kOverflow beyond
/// 64 bits of units.
Result<std::uint64_t> parse_amount(std::string_view text);
/// With all eight digits behind the point.
std::string format_amount(std::uint64_t units);

}  // namespace freezenet::daemon
