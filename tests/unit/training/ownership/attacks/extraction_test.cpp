#include <gtest/gtest.h>

#include "tests/unit/training/ownership/attacks/attack_fixture.h"

namespace freezenet::ownership::attack_tests {
namespace {

TEST(Extraction, AFreshNetworkComesNearTheVictim) {
  const double before = accuracy(*victim().copy(), digits().evaluation);
  for (const char* name : {"distillation", "retraining"}) {
    const Attacked result = attacked(name, setting());
    EXPECT_GT(result.accuracy(digits().evaluation).value(), before - 0.06) << name;
    EXPECT_GT(measure(result, "agreement with the victim"), 0.97) << name;
    // Nothing of the victim's weights is in it: a watermark of weights is gone.
    EXPECT_FALSE(owners_key().extract(result.white_box(), {}).value().found) << name;
  }
}

TEST(Extraction, LearnsFromTheAnswersAndNotFromTheLabels) {
  AttackSetting how = setting(0.3);
  how.data.labels = torch::zeros_like(how.data.labels);
  for (const char* name : {"distillation", "retraining"}) {
    EXPECT_GT(attacked(name, how).accuracy(digits().evaluation).value(), 0.7) << name;
  }
}

TEST(Extraction, BeginsWithWeightsThatTheVictimNeverHad) {
  // A victim that was made from the attacker's seed is no head start.
  AttackSetting how = setting(0.01);
  how.seed = 3;
  how.data = how.data.slice(0, 2);
  const TaskClassifier untrained(digits().task, digits().plan, 3);
  const Attacked result = attacked("retraining", how, untrained);
  EXPECT_GT((result.model->weights()[0].tensor - untrained.weights()[0].tensor).abs().max().item<double>(), 0.1);
}

}  // namespace
}  // namespace freezenet::ownership::attack_tests
