#include "net/peer_registry.h"

#include <gtest/gtest.h>

namespace freezenet::net {
namespace {

Hash256 id_of(std::uint8_t n) {
  Hash256 h;
  h.bytes[31] = n;  // most significant
  return h;
}

struct PeerRegistryTest : ::testing::Test {
  Limits limits;
  const Clock::time_point now = Clock::now();
  const asio::ip::address home = asio::ip::make_address("10.0.0.1");
  PeerId enter(PeerRegistry& registry, bool inbound) { return *registry.enter(home, inbound, now); }
};

TEST_F(PeerRegistryTest, BothSidesKeepTheConnectionThatTheSmallerDialled) {
  for (const bool smaller : {true, false}) {
    for (const bool own_dial_first : {true, false}) {
      PeerRegistry registry(limits, id_of(5));
      const Hash256 other = smaller ? id_of(9) : id_of(1);
      const PeerId first = enter(registry, !own_dial_first);
      const PeerId second = enter(registry, own_dial_first);
      ASSERT_TRUE(registry.claim(first, other, now));
      const auto verdict = registry.claim(second, other, now);
      const bool second_is_dialled_by_smaller = own_dial_first ? !smaller : smaller;
      EXPECT_EQ(verdict.has_value(), second_is_dialled_by_smaller);
      if (!verdict) {
        EXPECT_EQ(verdict.error().code, RejectCode::kDuplicatePeer);
      }
      EXPECT_TRUE(registry.connected(other));
    }
  }
}

TEST_F(PeerRegistryTest, OfTwoFromOneSide) {
  PeerRegistry registry(limits, id_of(5));
  ASSERT_TRUE(registry.claim(enter(registry, false), id_of(1), now));
  EXPECT_FALSE(registry.claim(enter(registry, false), id_of(1), now)) << "we do not dial twice";
  ASSERT_TRUE(registry.claim(enter(registry, true), id_of(2), now));
  EXPECT_TRUE(registry.claim(enter(registry, true), id_of(2), now)) << "it has lost the first";
  EXPECT_EQ(registry.claim(enter(registry, true), id_of(5), now).error().code, RejectCode::kSelfConnection);
}

TEST_F(PeerRegistryTest, DiscouragementEnds) {
  PeerRegistry registry(limits, id_of(5));
  const PeerId peer = enter(registry, true);
  ASSERT_TRUE(registry.claim(peer, id_of(1), now));
  registry.leave(peer);
  registry.discourage(peer, now);
  EXPECT_EQ(registry.enter(home, true, now).error().code, RejectCode::kTooManyPeers);
  const PeerId elsewhere = *registry.enter(asio::ip::make_address("10.0.0.2"), true, now);
  EXPECT_EQ(registry.claim(elsewhere, id_of(1), now).error().code, RejectCode::kTooManyPeers);
  const auto later = now + limits.discourage_for;
  EXPECT_TRUE(registry.enter(home, true, later));
  EXPECT_TRUE(registry.claim(elsewhere, id_of(1), later));
}

TEST_F(PeerRegistryTest, LoopbackIsNeverDiscouragedAsAnAddress) {
  PeerRegistry registry(limits, id_of(5));
  const auto loopback = asio::ip::make_address("127.0.0.1");
  const PeerId peer = *registry.enter(loopback, true, now);
  ASSERT_TRUE(registry.claim(peer, id_of(1), now));
  registry.discourage(peer, now);
  EXPECT_TRUE(registry.enter(loopback, true, now));
  EXPECT_TRUE(registry.discouraged(id_of(1), now));
}

TEST_F(PeerRegistryTest, AnIpv4AddressMappedIntoIpv6IsTheSameAddress) {
  limits.max_per_address = 1;
  PeerRegistry registry(limits, id_of(5));
  const PeerId peer = *registry.enter(asio::ip::make_address("::ffff:127.0.0.1"), true, now);
  ASSERT_TRUE(registry.claim(peer, id_of(1), now));
  EXPECT_FALSE(registry.enter(asio::ip::make_address("127.0.0.1"), true, now)) << "one place for one address";
  registry.leave(peer);
  registry.discourage(peer, now);
  EXPECT_TRUE(registry.enter(asio::ip::make_address("::ffff:127.0.0.1"), true, now)) << "loopback";
}

TEST_F(PeerRegistryTest, PlacesAreCountedBySideAndAddress) {
  limits.max_inbound = 3;
  limits.max_outbound = 1;
  limits.max_per_address = 2;
  PeerRegistry registry(limits, id_of(5));
  enter(registry, true);
  const PeerId second = enter(registry, true);
  EXPECT_FALSE(registry.enter(home, true, now));
  const auto away = asio::ip::make_address("10.0.0.2");
  EXPECT_TRUE(registry.enter(away, true, now));
  EXPECT_FALSE(registry.enter(away, true, now));
  EXPECT_TRUE(registry.enter(home, false, now));
  EXPECT_FALSE(registry.enter(away, false, now));
  registry.leave(second);
  EXPECT_TRUE(registry.enter(home, true, now));
}

}  // namespace
}  // namespace freezenet::net
