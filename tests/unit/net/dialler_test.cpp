#include "net/dialler.h"

#include <array>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace freezenet::net {
namespace {

TEST(Dialler, EachFailureMovesOnToTheNextAddressOfAName) {
  const std::array<tcp::endpoint, 3> endpoints = {tcp::endpoint(asio::ip::make_address("::1"), 5),
                                                  tcp::endpoint(asio::ip::make_address("127.0.0.1"), 5),
                                                  tcp::endpoint(asio::ip::make_address("10.0.0.1"), 5)};
  const auto found = tcp::resolver::results_type::create(endpoints.begin(), endpoints.end(), "name", "5");
  for (std::uint32_t failures = 0; failures < 7; ++failures)
    EXPECT_EQ(endpoint_in_turn(found, failures), endpoints[failures % 3]);
}

struct DiallerTest : ::testing::Test {
  asio::io_context context;
  Limits limits;
  TaskGroup tasks{context.get_executor(), [](const std::exception_ptr& error) { std::rethrow_exception(error); }};
  PeerRegistry registry{limits, Hash256{}};
};

TEST_F(DiallerTest, OneAttemptLeavesTheListWhenItIsOver) {
  int attempts = 0;
  Dialler dialler(context.get_executor(), tasks, registry, limits, 1,
                  [&](tcp::endpoint, std::string) -> Awaitable<Peer::Outcome> {
                    ++attempts;
                    co_return Peer::Outcome{};
                  });
  dialler.launch(*dialler.add("127.0.0.1:5", true));
  context.run();
  EXPECT_EQ(attempts, 1);
  EXPECT_TRUE(dialler.snapshot().empty());
}

TEST_F(DiallerTest, OneAttemptLeavesAnotherEntryOfItsNameAlone) {
  Dialler* self = nullptr;
  Dialler dialler(context.get_executor(), tasks, registry, limits, 1,
                  [&](tcp::endpoint, std::string address) -> Awaitable<Peer::Outcome> {
                    EXPECT_TRUE(self->remove(address));
                    EXPECT_TRUE(self->add(address, false));
                    co_return Peer::Outcome{};
                  });
  self = &dialler;
  dialler.launch(*dialler.add("127.0.0.1:5", true));
  context.run();
  ASSERT_EQ(dialler.snapshot().size(), 1u);
  EXPECT_EQ(dialler.snapshot()[0].address, "127.0.0.1:5");
}

}  // namespace
}  // namespace freezenet::net
