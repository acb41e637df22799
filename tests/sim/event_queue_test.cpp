#include "tests/sim/event_queue.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/random.h"

namespace freezenet::sim {
namespace {

TEST(EventQueue, RunsByTimeAndThenInTheOrderAsked) {
  EventQueue queue;
  std::vector<int> order;
  queue.at(20, [&] { order.push_back(4); });
  queue.at(10, [&] {
    order.push_back(1);
    queue.at(5, [&] { order.push_back(3); });  // in the past: now, after what was asked for first
  });
  queue.at(10, [&] { order.push_back(2); });
  queue.at(30, [&] { order.push_back(5); });
  queue.run_until(25);
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(queue.now(), 25);
  EXPECT_TRUE(queue.step());
  EXPECT_EQ(queue.now(), 30);
  EXPECT_FALSE(queue.step());
}

TEST(Random, DistributionsHaveTheirMeans) {
  Random random(1, 2);
  constexpr int kDraws = 100'000;
  double geometric = 0, normal = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    geometric += random.geometric(0.01);
    const double n = random.normal();
    normal += n;
    squares += n * n;
  }
  // Five standard errors: a geometric of mean 100 deviates by as much, a square of a normal by sqrt(2).
  EXPECT_NEAR(geometric / kDraws, 100, 5 * 100 / std::sqrt(kDraws));
  EXPECT_NEAR(normal / kDraws, 0, 5 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1, 5 * 1.42 / std::sqrt(kDraws));
  EXPECT_EQ(random.geometric(1), 1);
}

TEST(Random, StreamsOfOneSeedDiffer) {
  EXPECT_NE(Random(1, 1).bits(), Random(1, 2).bits());
  EXPECT_NE(Random(1, 1).bits(), Random(2, 1).bits());
  EXPECT_EQ(Random(1, 1).bits(), Random(1, 1).bits());
}

}  // namespace
}  // namespace freezenet::sim
