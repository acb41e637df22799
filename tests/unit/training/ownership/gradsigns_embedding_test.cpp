#include <gtest/gtest.h>

#include "tests/unit/training/ownership/gradsigns_fixture.h"

namespace freezenet::ownership {
namespace {

using test::digits_key;
using test::DigitsData;
using test::error_rate;

class GradSignsEmbedding : public testing::TestWithParam<std::tuple<std::uint32_t, bool>> {};

TEST_P(GradSignsEmbedding, IsReadWithoutErrorInBothBoxes) {
  const auto [bits, trained] = GetParam();
  const DigitsData digits;
  TaskClassifier model = digits.network(1);
  FitOptions options{.epochs = 10, .seed = 2};
  if (trained) {
    ASSERT_TRUE(fit(model, digits.train, options).has_value());
  }
  GradSignsParameters parameters = digits_key(bits, bits);
  const auto key = GradSigns::make(parameters).value();
  EXPECT_GT(error_rate(*key, white_box(model), digits.train), 0.2);
  const auto embedded = embed(*key, model, digits.train, options);
  ASSERT_TRUE(embedded.has_value()) << embedded.error().message();
  const Finding found = key->extract(white_box(model), digits.train).value();
  EXPECT_EQ(found.evidence.matches, bits);
  EXPECT_EQ(found.evidence.trials, bits);
  EXPECT_EQ(found.found, bits > 16);  // 2^-16 is more than once in a million
  EXPECT_FALSE(found.black_box);
  EXPECT_EQ(found.measures.front(), (std::pair<std::string, double>("bit error rate", 0)));
  for (const double step : {1e-3, 1e-2}) {
    parameters.step = step;
    const auto asking = GradSigns::make(parameters).value();
    const Finding asked = asking->extract(black_box(model), digits.train).value();
    EXPECT_TRUE(asked.black_box);
    EXPECT_EQ(asked.evidence.matches, bits) << "step " << step;
  }
  EXPECT_GT(accuracy(model, digits.evaluation), 0.8);
}

INSTANTIATE_TEST_SUITE_P(Digits, GradSignsEmbedding, testing::Combine(testing::Values(16U, 32U), testing::Bool()));

TEST(GradSignsFalsePositives, OnlyTheKeyThatWasEmbeddedIsFound) {
  const DigitsData digits;
  TaskClassifier model = digits.network(1);
  const auto key = GradSigns::make(digits_key(1000, 32)).value();
  ASSERT_TRUE(embed(*key, model, digits.train, {.epochs = 8, .seed = 2}).has_value());
  EXPECT_TRUE(key->extract(white_box(model), digits.train).value().found);
  unsigned passed = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto other = GradSigns::make(digits_key(i, 32)).value();
    if (other->extract(white_box(model), digits.train).value().found) ++passed;
  }
  EXPECT_EQ(passed, 0U);
  for (std::uint64_t seed = 10; seed < 15; ++seed) {
    TaskClassifier unmarked = digits.network(seed);
    ASSERT_TRUE(fit(unmarked, digits.train, {.epochs = 3, .seed = seed}).has_value());
    const Finding finding = key->extract(white_box(unmarked), digits.train).value();
    EXPECT_FALSE(finding.found) << finding.evidence.matches;
  }
}

}  // namespace
}  // namespace freezenet::ownership
