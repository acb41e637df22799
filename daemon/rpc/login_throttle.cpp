#include "daemon/rpc/login_throttle.h"

#include <algorithm>

namespace freezenet::daemon {

std::string stranger_key(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return boost::asio::ip::address_v6(bytes).to_string();
}

std::chrono::milliseconds LoginThrottle::wrong_login(const boost::asio::ip::address& from, Clock::time_point now) {
  if (paid_until_.size() >= kAddresses) std::erase_if(paid_until_, [&](const auto& row) { return row.second <= now; });
  std::string key = stranger_key(from);
  if (paid_until_.size() >= kAddresses && !paid_until_.contains(key)) key = "others";
  Clock::time_point& paid = paid_until_[key];
  const auto allowance = rate_.interval * static_cast<std::int64_t>(rate_.burst);
  paid = std::min(std::max(paid, now) + rate_.interval, now + allowance + rate_.longest);
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(paid - now - allowance);
  return std::clamp(wait, std::chrono::milliseconds(0), rate_.longest);
}

}  // namespace freezenet::daemon
