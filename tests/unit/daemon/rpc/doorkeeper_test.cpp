#include "daemon/rpc/doorkeeper.h"

#include <deque>
#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

namespace freezenet::daemon {
namespace {

using boost::asio::ip::make_address;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct FakeGuest final : Guest {
  void turn_out() override { out = true; }
  [[nodiscard]] bool idle() const override { return !busy; }
  bool out = false, busy = false;
};

class DoorkeeperTest : public testing::Test {
 protected:
  FakeGuest& comes(Doorkeeper& door, const std::string& from) {
    door.enter(guests_.emplace_back(), make_address(from));
    return guests_.back();
  }
  std::deque<FakeGuest> guests_;
};

TEST_F(DoorkeeperTest, TheNewestStrangerTakesThePlaceOfTheOldestOfItsAddress) {
  Doorkeeper door({.known = 1, .strangers = 10, .one_address = 2}, nullptr);
  FakeGuest& other = comes(door, "10.0.0.9");
  FakeGuest& a = comes(door, "10.0.0.1");
  FakeGuest& b = comes(door, "10.0.0.1");
  FakeGuest& c = comes(door, "10.0.0.1");
  EXPECT_TRUE(a.out);
  EXPECT_FALSE(b.out || c.out || other.out);
}

TEST_F(DoorkeeperTest, WhereAllPlacesAreTakenTheAddressWithMostGivesWay) {
  Doorkeeper door({.known = 1, .strangers = 4, .one_address = 4}, nullptr);
  FakeGuest& lonely = comes(door, "10.0.0.9");
  FakeGuest& first = comes(door, "10.0.0.1");
  comes(door, "10.0.0.1");
  comes(door, "10.0.0.1");
  FakeGuest& late = comes(door, "10.0.0.7");
  EXPECT_TRUE(first.out);
  EXPECT_FALSE(lonely.out || late.out);
  EXPECT_EQ(door.strangers(), 4U);
}

TEST_F(DoorkeeperTest, StrangersNeverTakeThePlaceOfOneWhoShowedASecret) {
  Doorkeeper door({.known = 2, .strangers = 2, .one_address = 2}, nullptr);
  FakeGuest& known = comes(door, "127.0.0.1");
  EXPECT_TRUE(door.recognise(known));
  for (int i = 0; i < 100; ++i) comes(door, "127.0.0.1");
  EXPECT_FALSE(known.out);
  EXPECT_EQ(door.known(), 1U);
  EXPECT_EQ(door.strangers(), 2U);
}

TEST_F(DoorkeeperTest, AnIdleGuestGivesWayToOneWhoShowsASecretAndAWorkingOneDoesNot) {
  Doorkeeper door({.known = 2, .strangers = 9, .one_address = 9}, nullptr);
  FakeGuest& working = comes(door, "127.0.0.1");
  FakeGuest& idle = comes(door, "127.0.0.1");
  EXPECT_TRUE(door.recognise(working));
  EXPECT_TRUE(door.recognise(idle));
  working.busy = true;
  FakeGuest& third = comes(door, "127.0.0.1");
  EXPECT_TRUE(door.recognise(third));
  EXPECT_TRUE(idle.out);
  EXPECT_FALSE(working.out);
  third.busy = true;
  EXPECT_FALSE(door.recognise(comes(door, "127.0.0.1")));
  EXPECT_TRUE(door.recognise(third));  // it has a place already
  EXPECT_FALSE(door.recognise(idle));
}

TEST_F(DoorkeeperTest, WrongLoginsWriteABoundedNumberOfLines) {
  std::ostringstream out;
  auto log = std::make_shared<spdlog::logger>("rpc", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  Doorkeeper door({}, log);
  FakeGuest& guest = comes(door, "10.0.0.1");
  for (int i = 0; i < 10'000; ++i) (void)door.wrong_login(guest);
  const std::string text = out.str();
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_GE(lines, 1);
  EXPECT_LE(lines, 60);
  EXPECT_NE(text.find("wrong login from 10.0.0.1"), std::string::npos);
  EXPECT_EQ(door.wrong_logins(), 10'000U);
}

TEST(LoginThrottle, SlowsOneAddressDownAndNoOther) {
  LoginThrottle throttle({.interval = milliseconds(100), .burst = 3, .longest = seconds(1)});
  const LoginThrottle::Clock::time_point now{};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(throttle.wrong_login(make_address("10.0.0.1"), now), milliseconds(0));
  EXPECT_EQ(throttle.wrong_login(make_address("10.0.0.1"), now), milliseconds(100));
  EXPECT_EQ(throttle.wrong_login(make_address("10.0.0.1"), now), milliseconds(200));
  EXPECT_EQ(throttle.wrong_login(make_address("10.0.0.2"), now), milliseconds(0));
  for (int i = 0; i < 1000; ++i) (void)throttle.wrong_login(make_address("10.0.0.1"), now);
  EXPECT_EQ(throttle.wrong_login(make_address("10.0.0.1"), now), seconds(1));
  EXPECT_EQ(throttle.wrong_login(make_address("10.0.0.1"), now + seconds(2)), milliseconds(0));
}

TEST(LoginThrottle, RemembersABoundedNumberOfAddresses) {
  LoginThrottle throttle;
  for (int i = 0; i < 100'000; ++i)
    (void)throttle.wrong_login(boost::asio::ip::address_v4(static_cast<unsigned>(i)), {});
  EXPECT_LE(throttle.remembered(), LoginThrottle::kAddresses + 1);
}

TEST(LoginThrottle, AnIpv6NetworkIsOneStranger) {
  EXPECT_EQ(stranger_key(make_address("2001:db8::1")), stranger_key(make_address("2001:db8::ffff:2")));
  EXPECT_NE(stranger_key(make_address("2001:db8:0:1::1")), stranger_key(make_address("2001:db8::1")));
  EXPECT_EQ(stranger_key(make_address("::ffff:10.0.0.1")), "10.0.0.1");
}

}  // namespace
}  // namespace freezenet::daemon
