#include "net/address_book.h"

#include <gtest/gtest.h>

#include "net/token_bucket.h"

namespace freezenet::net {
namespace {

TEST(AddressBook, ParsesWhatPeopleWrite) {
  EXPECT_EQ(*parse_address("127.0.0.1:9555"), (HostPort{"127.0.0.1", 9555}));
  EXPECT_EQ(*parse_address("[::1]:1"), (HostPort{"::1", 1}));
  EXPECT_EQ(*parse_address("node.example:65535"), (HostPort{"node.example", 65535}));
  for (const char* text : {"[::1]:1", "a:2", "10.0.0.1:80"}) EXPECT_EQ(to_string(*parse_address(text)), text);
  for (const char* text :
       {"", "host", "host:", ":1", "host:0", "host:65536", "host:1x", "::1:5", "ho st:1", "[]:1", "a:-1"}) {
    const auto parsed = parse_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, RejectCode::kConfig);
  }
}

TEST(Backoff, DoublesToTheMaximumWithJitter) {
  Backoff backoff(Millis(100), Millis(350));
  EXPECT_EQ(backoff.after_failure(0), Millis(100));
  EXPECT_EQ(backoff.after_failure(0), Millis(200));
  EXPECT_EQ(backoff.after_failure(0), Millis(350));
  EXPECT_EQ(backoff.after_failure(0.5), Millis(262));
  backoff.reset();
  EXPECT_EQ(backoff.after_failure(0), Millis(100));
}

TEST(TokenBucket, RateAndBurst) {
  const Clock::time_point start = Clock::now();
  TokenBucket bucket(10, 3, start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start));
  const auto next = bucket.next(start);
  EXPECT_LE(next, start + Millis(102));
  EXPECT_TRUE(bucket.take(next));
  EXPECT_FALSE(bucket.take(next));
}

}  // namespace
}  // namespace freezenet::net
