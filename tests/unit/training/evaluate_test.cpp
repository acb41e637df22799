#include "training/evaluate.h"

#include <limits>

#include "tests/unit/training/small_task.h"

namespace freezenet::training {
namespace {

TEST(Evaluate, CountsTheSliceAndNothingBeyondIt) {
  Task task = small_task();
  const Dataset dataset = digits();
  for (const std::uint32_t slice : {1U, 6U, 7U, 8U, 40U}) {
    task.evaluation_slice = slice;
    const Plan plan = plan_for(task);
    Engine engine(task, plan);
    // Only biases are set, so the answer is the same class for every sample: the count is that class's frequency.
    for (const std::uint8_t answer : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{9}}) {
      std::vector<float> weights(plan.parameters, 0.0F);
      weights[plan.tensors.back().offset + answer] = 1.0F;
      std::uint32_t expected = 0;
      for (std::uint32_t i = 0; i < slice; ++i) expected += dataset.evaluation_label(i) == answer ? 1 : 0;
      const auto score = evaluate(engine, dataset, task, weights);
      ASSERT_TRUE(score.has_value());
      ASSERT_TRUE(score->has_value());
      EXPECT_EQ(**score, expected);
    }
  }
}

TEST(Evaluate, EqualLogitsAnswerTheLowestClass) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  const Dataset dataset = digits();
  Engine engine(task, plan);
  std::uint32_t zeros = 0;
  for (std::uint32_t i = 0; i < task.evaluation_slice; ++i) zeros += dataset.evaluation_label(i) == 0 ? 1 : 0;
  EXPECT_EQ(evaluate(engine, dataset, task, std::vector<float>(plan.parameters, 0.0F)).value(), zeros);
}

TEST(Evaluate, ANonFiniteLogitIsNoScore) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  const Dataset dataset = digits();
  Engine engine(task, plan);
  std::vector<float> weights(plan.parameters, 0.0F);
  weights[plan.tensors.back().offset + 2] = std::numeric_limits<float>::infinity();
  const auto score = evaluate(engine, dataset, task, weights);
  ASSERT_TRUE(score.has_value());
  EXPECT_FALSE(score->has_value());
}

}  // namespace
}  // namespace freezenet::training
