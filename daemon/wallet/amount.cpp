#include "daemon/wallet/amount.h"

#include <algorithm>
#include <charconv>

namespace freezenet::daemon {
namespace {

constexpr std::size_t kDigits = 8;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<std::uint64_t> parse_amount(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view coins = text.substr(0, point);
  const std::string_view behind = point == std::string_view::npos ? "0" : text.substr(point + 1);
  if (!all_digits(coins) || !all_digits(behind) || behind.size() > kDigits || (coins.size() > 1 && coins[0] == '0')) {
    return reject(RejectCode::kBadEncoding,
                  "an amount is coins with at most eight digits behind the point, for example \"1.25\"");
  }
  // Units are the digits of both without the point.
  std::string digits(coins);
  digits.append(behind).append(kDigits - behind.size(), '0');
  std::uint64_t units = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), units).ec != std::errc())
    return reject(RejectCode::kOverflow, "the amount is beyond what the chain can count");
  return units;
}

std::string format_amount(std::uint64_t units) {
  const std::string behind = std::to_string(units % kCoin);
  return std::to_string(units / kCoin) + "." + std::string(kDigits - behind.size(), '0') + behind;
}

}  // namespace freezenet::daemon
