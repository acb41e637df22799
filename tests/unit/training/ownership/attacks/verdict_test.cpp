#include <gtest/gtest.h>

#include "tests/unit/training/ownership/attacks/attack_fixture.h"
#include "training/ownership/attack_verdict.h"

namespace freezenet::ownership::attack_tests {
namespace {

Verdict verdict(bool found, double before, double after) {
  Verdict out;
  out.accuracy_before = before;
  out.accuracy_after = after;
  out.finding.found = found;
  return out;
}

TEST(AttackVerdict, SucceedsOnlyWhereTheWatermarkIsGoneAndTheModelIsNot) {
  EXPECT_TRUE(verdict(false, 0.97, 0.93).succeeded());
  EXPECT_TRUE(verdict(false, 0.93, 0.97).succeeded());
  EXPECT_FALSE(verdict(true, 0.97, 0.97).succeeded());
  EXPECT_FALSE(verdict(false, 0.97, 0.9).succeeded());
  EXPECT_FALSE(verdict(true, 0.97, 0.1).succeeded());
  EXPECT_FALSE(verdict(false, 0.75, 0.7).succeeded());  // five points are too many
}

TEST(AttackVerdict, IsOfWhatTheAttackLeft) {
  const double before = accuracy(*victim().copy(), digits().evaluation);
  const auto after = [&](const char* name, Box box = Box::kWhite) {
    return judge(owners_key(), attacked(name, setting()), box, before, digits().evaluation);
  };
  const Verdict mild = after("quantisation-8").value();
  EXPECT_TRUE(mild.finding.found);
  EXPECT_FALSE(mild.succeeded());
  EXPECT_NEAR(mild.accuracy_after, before, 0.02);

  const Verdict harsh = after("pruning-95").value();
  EXPECT_FALSE(harsh.useful());
  EXPECT_FALSE(harsh.succeeded());

  const Verdict extracted = after("distillation").value();
  EXPECT_FALSE(extracted.finding.found);

  const auto blind = after("labels-only", Box::kBlack);
  ASSERT_FALSE(blind);
  EXPECT_EQ(blind.error().detail, "this scheme looks at weights");
}

TEST(AttackVerdict, PermutationSucceedsAgainstAWatermarkOfOrderedWeights) {
  const double before = accuracy(*victim().copy(), digits().evaluation);
  const Verdict result =
      judge(owners_key(), attacked("neuron-permutation", setting()), Box::kWhite, before, digits().evaluation).value();
  EXPECT_TRUE(result.succeeded());
  EXPECT_NEAR(result.accuracy_lost(), 0, 1e-3);
}

TEST(Attacked, BoxesOutliveWhatTheyCameFrom) {
  Suspect white, black;
  {
    const Attacked result = attacked("labels-only", setting());
    white = result.white_box();
    black = result.black_box();
  }
  const torch::Tensor probes = digits().evaluation.images.slice(0, 0, 5);
  EXPECT_EQ(black.model, nullptr);
  EXPECT_TRUE(torch::equal(white.scores(probes).value(), black.scores(probes).value()));
  ASSERT_NE(white.model, nullptr);
  EXPECT_EQ(differing(snapshot(*white.model), snapshot(victim())), 0);
}

}  // namespace
}  // namespace freezenet::ownership::attack_tests
