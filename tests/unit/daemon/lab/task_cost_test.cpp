#include "daemon/lab/task_cost.h"

#include <gtest/gtest.h>

#include "consensus/default_task.h"

namespace freezenet::lab {
namespace {

std::pair<std::uint32_t, std::uint32_t> fraction(double ratio) {
  TaskCost cost;
  cost.ratio = ratio;
  as_fraction(cost);
  return {cost.num, cost.den};
}

TEST(TaskCost, IsAFractionOfTwoDigits) {
  using Fraction = std::pair<std::uint32_t, std::uint32_t>;
  EXPECT_EQ(fraction(1), Fraction(1, 1));
  EXPECT_EQ(fraction(0.001), Fraction(1, 10));
  EXPECT_EQ(fraction(0.26), Fraction(3, 10));
  EXPECT_EQ(fraction(2.51), Fraction(5, 2));
  EXPECT_EQ(fraction(9.96), Fraction(10, 1));
  EXPECT_EQ(fraction(47.4), Fraction(47, 1));
  EXPECT_EQ(fraction(1234), Fraction(1200, 1));
}

TEST(TaskCost, ASegmentOfTwiceTheStepsCostsTwiceAsMuch) {
  Task task = digits_task();
  task.steps = 64;
  const NamedTask named{task, plan_of(task).value(), true};
  const auto cost = measure_cost(named, {}, 0.3);
  ASSERT_TRUE(cost.has_value()) << cost.error().message();
  EXPECT_GE(cost->measured_steps, 5U);
  // The steps are the same work, so the ratio is that of their numbers but for the machine's noise.
  EXPECT_GT(cost->ratio, 1.2);
  EXPECT_LT(cost->ratio, 3.3);
}

}  // namespace
}  // namespace freezenet::lab
