#include "net/network_group.h"

#include <gtest/gtest.h>

namespace freezenet::net {
namespace {

std::uint64_t group(const char* text) { return network_group(boost::asio::ip::make_address(text)); }

TEST(NetworkGroup, JoinsWhatOneOwnerMayHave) {
  EXPECT_EQ(group("198.51.100.1"), group("198.51.7.200"));
  EXPECT_NE(group("198.51.100.1"), group("198.52.100.1"));
  EXPECT_EQ(group("::ffff:198.51.100.1"), group("198.51.100.1"));
  EXPECT_EQ(group("2001:db8:1::1"), group("2001:db8:ffff::2"));
  EXPECT_NE(group("2001:db8::1"), group("2001:db9::1"));
}

TEST(NetworkGroup, LoopbackIsOneNetworkOfItsOwn) {
  EXPECT_EQ(group("127.0.0.1"), group("127.9.9.9"));
  EXPECT_EQ(group("::1"), group("127.0.0.1"));
  EXPECT_NE(group("127.0.0.1"), group("198.51.100.1"));
  EXPECT_NE(group("0.0.0.1"), group("::2")) << "families never meet";
}

}  // namespace
}  // namespace freezenet::net
