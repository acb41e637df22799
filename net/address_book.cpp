#include "net/address_book.h"

#include <algorithm>
#include <charconv>

namespace freezenet::net {

Result<HostPort> parse_address(std::string_view text) {
  const auto bad = [&](const char* why) {
    return reject(RejectCode::kConfig, std::string("'").append(text).append("' ").append(why));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("has no port: write host:port");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad("is ambiguous: write an IPv6 address as [address]:port");
  }
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == ':' || c == '%' || c == '_';
  };
  if (host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), allowed)) return bad("names no host");
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0)
    return bad("has no port of 1 to 65535");
  return HostPort{std::string(host), port};
}

std::string to_string(const HostPort& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Millis Backoff::after_failure(double random) {
  const double delay = static_cast<double>(next_.count()) * (1.0 - 0.5 * random);
  next_ = std::min(most_, next_ * 2);
  return Millis(static_cast<Millis::rep>(delay));
}

}  // namespace freezenet::net
