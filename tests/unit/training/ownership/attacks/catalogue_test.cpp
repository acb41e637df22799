#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "tests/unit/training/ownership/attacks/attack_fixture.h"

namespace freezenet::ownership::attack_tests {
namespace {

using testing::HasSubstr;

/// Little of everything: the catalogue is run several times.
AttackSetting least() {
  AttackSetting out = setting(0.01);
  out.data = out.data.slice(0, 100);
  return out;
}

TEST(AttackCatalogue, NamesAreWordsAndUniqueAndGroupsAreKnown) {
  const std::set<std::string> groups = {"fine-tuning", "pruning",    "quantisation", "overwriting",
                                        "weights",     "extraction", "queries"};
  std::set<std::string> names, seen;
  for (const Attack& attack : attack_catalogue()) {
    EXPECT_TRUE(names.insert(attack.name).second) << attack.name;
    EXPECT_TRUE(std::ranges::all_of(attack.name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    })) << attack.name;
    EXPECT_TRUE(groups.contains(attack.group)) << attack.group;
    seen.insert(attack.group);
    EXPECT_TRUE(attack.about.ends_with('.')) << attack.about;
  }
  EXPECT_EQ(seen, groups);
}

TEST(AttackCatalogue, HasWhatTheLiteratureHas) {
  for (const char* name : {"ftll-1e-4",
                           "ftll-1e-3",
                           "ftal-1e-4",
                           "ftal-1e-3",
                           "rtll",
                           "rtal",
                           "transfer-head",
                           "transfer-learning",
                           "adversarial-training",
                           "pruning-10",
                           "pruning-20",
                           "pruning-30",
                           "pruning-40",
                           "pruning-50",
                           "pruning-60",
                           "pruning-65",
                           "pruning-70",
                           "pruning-80",
                           "pruning-90",
                           "pruning-95",
                           "pruning-50-ft",
                           "pruning-70-ft",
                           "pruning-90-ft",
                           "quantisation-8",
                           "quantisation-6",
                           "quantisation-5",
                           "quantisation-4",
                           "overwriting-1e-4",
                           "overwriting-1e-3",
                           "weight-shifting",
                           "neuron-permutation",
                           "distillation",
                           "retraining",
                           "input-noise-0.05",
                           "input-noise-0.1",
                           "input-noise-0.2",
                           "input-clipping",
                           "score-rounding-4",
                           "score-rounding-3",
                           "score-rounding-2",
                           "score-rounding-1",
                           "score-perturbation-0.01",
                           "score-perturbation-0.05",
                           "labels-only",
                           "query-sanitising"}) {
    const auto found = find_attack(name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ((*found)->name, name);
  }
  EXPECT_EQ(attack_catalogue().size(), 45U);
}

TEST(AttackCatalogue, UnknownNameSuggestsTheNearest) {
  const auto missing = find_attack("ftal-1e4");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, RejectCode::kConfig);
  EXPECT_EQ(missing.error().detail,
            "there is no attack ftal-1e4; did you mean ftal-1e-4?; 'freezenet-lab ownership attack --list' has them");
  EXPECT_EQ(find_attack("zzzzzzzzzzzzzzz").error().detail,
            "there is no attack zzzzzzzzzzzzzzz; 'freezenet-lab ownership attack --list' has them");
}

TEST(AttackCatalogue, NoAttackChangesTheVictimAndOneSeedGivesOneResult) {
  AttackSetting how = least();
  const SignKey own(12);
  how.own_key = &own;
  const auto before = snapshot(victim());
  const torch::Tensor probes = digits().evaluation.images.slice(0, 0, 20);
  for (const Attack& attack : attack_catalogue()) {
    const auto first = attack.run(victim(), how), second = attack.run(victim(), how);
    ASSERT_TRUE(first && second) << attack.name << ": " << first.error().message();
    EXPECT_EQ(differing(before, snapshot(victim())), 0) << attack.name;
    EXPECT_NE(first->model.get(), &victim()) << attack.name;
    EXPECT_EQ(differing(snapshot(*first->model), snapshot(*second->model)), 0) << attack.name;
    const torch::Tensor answers = first->black_box().scores(probes).value();
    EXPECT_TRUE(torch::equal(answers, second->black_box().scores(probes).value())) << attack.name;
    EXPECT_EQ(answers.sizes(), (at::IntArrayRef{20, 10})) << attack.name;
    EXPECT_TRUE(answers.isfinite().all().item<bool>()) << attack.name;
    EXPECT_FALSE(first->model->is_training()) << attack.name;
    // Only who answers otherwise has left the model as it was.
    const bool same = differing(before, snapshot(*first->model)) == 0;
    EXPECT_EQ(same, attack.group == "queries") << attack.name;
    EXPECT_EQ(static_cast<bool>(first->scores), attack.group == "queries") << attack.name;
  }
}

TEST(AttackCatalogue, AnotherSeedGivesAnotherResultWhereSomethingIsDrawn) {
  AttackSetting how = least(), other = how;
  other.seed = 2;
  const torch::Tensor probes = digits().evaluation.images.slice(0, 0, 20);
  for (const char* name : {"ftal-1e-3", "rtal", "weight-shifting", "neuron-permutation", "retraining",
                           "input-noise-0.1", "score-perturbation-0.05", "query-sanitising"}) {
    const Attacked a = attacked(name, how), b = attacked(name, other);
    const bool same = differing(snapshot(*a.model), snapshot(*b.model)) == 0 &&
                      torch::equal(a.black_box().scores(probes).value(), b.black_box().scores(probes).value());
    EXPECT_FALSE(same) << name;
  }
}

TEST(AttackCatalogue, WhatTrainsStopsWhereItIsTold) {
  AttackSetting how = least();
  const SignKey own(12);
  how.own_key = &own;
  int calls = 0, cancelled = 0;
  how.progress = [&](const FitProgress&) {
    ++calls;
    return false;
  };
  for (const Attack& attack : attack_catalogue()) {
    calls = 0;
    const auto result = attack.run(victim(), how);
    if (calls == 0) {
      EXPECT_TRUE(result) << attack.name;
      continue;
    }
    EXPECT_EQ(calls, 1) << attack.name;
    ASSERT_FALSE(result) << attack.name;
    EXPECT_EQ(result.error().code, RejectCode::kCancelled) << attack.name;
    ++cancelled;
  }
  EXPECT_EQ(cancelled,
            18);  // 8 of fine-tuning, 1 adversarial, 3 of pruning, 2 overwriting, 1 shift, 2 extraction, 1 filter
}

TEST(AttackCatalogue, EffortScalesTheEpochs) {
  AttackSetting how = least();
  unsigned epochs = 0;
  how.progress = [&](const FitProgress& at) {
    epochs = at.epochs;
    return false;
  };
  for (const auto& [effort, expected] :
       std::vector<std::pair<double, unsigned>>{{1, 10}, {0.5, 5}, {0.001, 1}, {2, 20}}) {
    how.effort = effort;
    EXPECT_FALSE(find_attack("ftal-1e-4").value()->run(victim(), how));
    EXPECT_EQ(epochs, expected) << effort;
  }
}

TEST(AttackCatalogue, RefusesSettingsThatMakeNoSense) {
  const auto refused = [](const AttackSetting& how) {
    for (const Attack& attack : attack_catalogue()) {
      const auto result = attack.run(victim(), how);
      EXPECT_FALSE(result) << attack.name;
      if (!result) {
        EXPECT_EQ(result.error().code, RejectCode::kConfig) << attack.name;
      }
    }
    return attack_catalogue().front().run(victim(), how).error().detail;
  };
  AttackSetting how = least();
  how.data = {};
  EXPECT_THAT(refused(how), HasSubstr("no samples"));
  how.data = {torch::zeros({5, 1, 7, 8}), torch::zeros({5}, torch::kInt64)};
  EXPECT_THAT(refused(how), HasSubstr("shape"));
  how.data = {torch::zeros({5, 1, 8, 8}), torch::zeros({4}, torch::kInt64)};
  EXPECT_THAT(refused(how), HasSubstr("shape"));
  how.data = {torch::zeros({5, 1, 8, 8}), torch::full({5}, 10, torch::kInt64)};
  EXPECT_THAT(refused(how), HasSubstr("classes"));
  for (const double effort : {0.0, -1.0, 1001.0, double{NAN}, double{INFINITY}}) {
    how = least();
    how.effort = effort;
    EXPECT_THAT(refused(how), HasSubstr("effort")) << effort;
  }
}

TEST(AttackersShare, IsDrawnWithoutRepetitionAndOfTheSizeAsked) {
  const Samples third = attackers_share(digits().train, 1.0 / 3, 5);
  EXPECT_EQ(third.size(), 479);
  EXPECT_EQ(third.labels.size(0), 479);
  EXPECT_EQ(attackers_share(digits().train, 0.2, 5).size(), 287);
  EXPECT_EQ(attackers_share(digits().train, 1, 5).size(), digits().train.size());
  EXPECT_TRUE(torch::equal(third.images, attackers_share(digits().train, 1.0 / 3, 5).images));
  EXPECT_FALSE(torch::equal(third.images, attackers_share(digits().train, 1.0 / 3, 6).images));
  // All of them are all of them, in another order.
  const Samples all = attackers_share(digits().train, 1, 5);
  EXPECT_TRUE(torch::equal(std::get<0>(all.images.sum({1, 2, 3}).sort()),
                           std::get<0>(digits().train.images.sum({1, 2, 3}).sort())));
}

}  // namespace
}  // namespace freezenet::ownership::attack_tests
