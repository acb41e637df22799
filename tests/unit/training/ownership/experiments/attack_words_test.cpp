#include "training/ownership/experiments/attack_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freezenet::experiments {
namespace {

TEST(AttackWords, AreNamesOfTheCatalogueWithAShareOfTheSamples) {
  const ChosenAttack plain = chosen_attack("ftal-1e-4").value();
  EXPECT_EQ(plain.attack->name, "ftal-1e-4");
  EXPECT_DOUBLE_EQ(plain.share, 1.0 / 3);
  const ChosenAttack fifth = chosen_attack("rtal@20").value();
  EXPECT_EQ(fifth.attack->name, "rtal");
  EXPECT_EQ(fifth.word, "rtal@20");
  EXPECT_DOUBLE_EQ(fifth.share, 0.2);
  EXPECT_DOUBLE_EQ(chosen_attack("rtal@100").value().share, 1);
}

TEST(AttackWords, OthersAreRefusedByName) {
  for (const char* word : {"rtal@", "rtal@0", "rtal@101", "rtal@2x", "rtal@-5", "rtal@20@20", "rtal@4294967297"}) {
    EXPECT_EQ(chosen_attack(word).error().code, RejectCode::kConfig) << word;
    EXPECT_THAT(chosen_attack(word).error().detail, testing::HasSubstr("1 to 100 percent")) << word;
  }
  EXPECT_THAT(chosen_attack("adversarial-trainin@20").error().detail, testing::HasSubstr("adversarial-training"));
  EXPECT_FALSE(chosen_attack("@20"));
}

TEST(AttackWords, OfAllAreTheCatalogueAndSomeAttackersWithAFifth) {
  const auto words = all_attack_words();
  EXPECT_EQ(words.size(), ownership::attack_catalogue().size() + 4);
  for (const std::string& word : words) EXPECT_TRUE(chosen_attack(word)) << word;
  EXPECT_THAT(words, testing::Contains("rtal@20"));
}

}  // namespace
}  // namespace freezenet::experiments
