#include "net/network_group.h"

namespace freezenet::net {
namespace {

constexpr std::uint64_t kIpv4 = std::uint64_t{4} << 32;
constexpr std::uint64_t kIpv6 = std::uint64_t{6} << 32;

}  // namespace

std::uint64_t network_group(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  if (address.is_v4() || mapped) {
    const ip::address_v4 v4 = mapped ? ip::make_address_v4(ip::v4_mapped, address.to_v6()) : address.to_v4();
    return v4.is_loopback() ? 0 : kIpv4 | (v4.to_uint() >> 16);
  }
  if (address.is_loopback()) return 0;
  std::uint64_t prefix = 0;
  const ip::address_v6::bytes_type bytes = address.to_v6().to_bytes();
  for (std::size_t i = 0; i < 4; ++i) prefix = prefix << 8 | bytes[i];
  return kIpv6 | prefix;
}

}  // namespace freezenet::net
