#pragma once

#include <cstdint>

#include <boost/asio/ip/address.hpp>

namespace freezenet::net {

/// The network that an address belongs to, as a number: whoever has one address of it can have many, so what is divided
/// among strangers is divided by this. The first 16 bits of an IPv4 address, the first 32 of an IPv6 one; all loopback
/// addresses are one network. An IPv4 address that is mapped into IPv6 counts as itself.
std::uint64_t network_group(const boost::asio::ip::address& address);

}  // namespace freezenet::net
