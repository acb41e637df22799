#include "training/ownership/commands/keygen.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/ownership/key_file.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {
namespace {

class Keygen : public testing::Test {
 protected:
  Task task = digits_task();
  Plan plan = plan_of(task).value();

  KeygenOrder order(ClaimScheme scheme, std::vector<std::pair<std::string, std::string>> words = {}) const {
    KeygenOrder out;
    out.scheme = scheme;
    out.words = std::move(words);
    std::array<std::uint8_t, 32> secret{};
    secret.fill(5);
    out.owner = SecretKey::from_bytes(secret);
    out.id = "Anna";
    return out;
  }
  std::string fault(const KeygenOrder& wanted) const {
    const auto key = generate_key(task, plan, nullptr, wanted);
    EXPECT_FALSE(key.has_value());
    if (key) return "made";
    EXPECT_EQ(key.error().code, RejectCode::kConfig) << key.error().message();
    return key.error().detail;
  }
};

TEST_F(Keygen, HelpSaysEachDefault) {
  const auto about = [](const std::string& name) {
    const auto found = std::ranges::find(key_settings(), name, [](const KeySetting& s) { return std::string(s.name); });
    return found == key_settings().end() ? std::string() : found->about;
  };
  EXPECT_EQ(about("bits"), "GradSigns, DeepWater: how many bits the model carries. Default: 64");
  EXPECT_EQ(about("strength"),
            "all but trigger set: weight of the watermark in the loss. Default: gradsigns 1.0, deepwater 0.01, "
            "null-embedding 0.25");
  EXPECT_TRUE(about("form").ends_with("Default: signed-layers"));
}

TEST_F(Keygen, EverySettingReachesItsField) {
  for (const KeySetting& setting : key_settings()) {
    for (const auto& [scheme, field] : setting.fields) {
      decltype(KeygenOrder::words) words;
      if (!setting.with.empty()) words.emplace_back(setting.chooser, setting.with.front());
      const auto plain = generate_key(task, plan, nullptr, order(scheme, words));
      ASSERT_TRUE(plain.has_value()) << plain.error().message();
      const auto value = (*plain)->parameters().at(field);  // throws where the scheme has no such field
      words.emplace_back(setting.name, value.is_string() ? value.get<std::string>() : value.dump());
      const auto same = generate_key(task, plan, nullptr, order(scheme, words));
      ASSERT_TRUE(same.has_value()) << setting.name << ": " << same.error().message();
      EXPECT_EQ(write_key(**same), write_key(**plain)) << setting.name;
    }
  }
}

TEST_F(Keygen, WhatIsTypedIsWhatIsMade) {
  const auto gradsigns =
      generate_key(task, plan, nullptr, order(ClaimScheme::kGradSigns, {{"bits", "16"}, {"strength", "2.5"}}));
  ASSERT_TRUE(gradsigns.has_value()) << gradsigns.error().message();
  EXPECT_EQ((*gradsigns)->parameters()["bits"], 16);
  const auto triggers =
      generate_key(task, plan, nullptr, order(ClaimScheme::kTriggerSet, {{"kind", "noise"}, {"target-class", "4"}}));
  ASSERT_TRUE(triggers.has_value()) << triggers.error().message();
  EXPECT_EQ((*triggers)->parameters()["kind"], "noise");
  EXPECT_EQ((*triggers)->parameters()["label"], 4);
}

TEST_F(Keygen, NamesWhatIsWrong) {
  EXPECT_EQ(fault(order(ClaimScheme::kGradSigns, {{"kind", "noise"}})), "a key of gradsigns has no --kind");
  EXPECT_EQ(fault(order(ClaimScheme::kGradSigns, {{"colour", "red"}})), "there is no setting --colour");
  EXPECT_EQ(fault(order(ClaimScheme::kGradSigns, {{"bits", "many"}})), "--bits takes a whole number");
  EXPECT_NE(fault(order(ClaimScheme::kGradSigns, {{"bits", "100000"}})).find("bits"), std::string::npos);
  EXPECT_NE(fault(order(ClaimScheme::kTriggerSet, {{"kind", "sound"}})).find("kind"), std::string::npos);
  KeygenOrder unsigned_key = order(ClaimScheme::kNullEmbedding);
  unsigned_key.owner.reset();
  EXPECT_NE(fault(unsigned_key).find("--owner-key"), std::string::npos);
  KeygenOrder reference = order(ClaimScheme::kGradSigns);
  reference.reference = std::vector<float>(plan.parameters, 0.5F);
  EXPECT_NE(fault(reference).find("--reference"), std::string::npos);
}

TEST_F(Keygen, RefusesASettingThatWouldDoNothing) {
  EXPECT_EQ(fault(order(ClaimScheme::kDeepWater, {{"layer", "0"}})),
            "--layer goes with --form uchida, and does nothing with --form signed-layers");
  EXPECT_EQ(fault(order(ClaimScheme::kDeepWater, {{"penalty", "1"}, {"form", "uchida"}})),
            "--penalty goes with --form signed-layers or --form layers, and does nothing with --form uchida");
  EXPECT_EQ(fault(order(ClaimScheme::kTriggerSet, {{"noise", "0.1"}})),
            "--noise goes with --kind noise, and does nothing with --kind content");
  EXPECT_NE(fault(order(ClaimScheme::kTriggerSet, {{"kind", "unrelated"}, {"source-class", "1"}})).find("--kind"),
            std::string::npos);
  KeygenOrder reference = order(ClaimScheme::kDeepWater, {{"form", "uchida"}});
  reference.reference = std::vector<float>(plan.parameters, 0.5F);
  EXPECT_EQ(fault(reference), "--reference does nothing with --form uchida");
  EXPECT_TRUE(generate_key(task, plan, nullptr, order(ClaimScheme::kDeepWater, {{"form", "uchida"}, {"layer", "0"}}))
                  .has_value());
}

TEST_F(Keygen, ARivalsKeyIsAnotherOneOfTheSameKind) {
  for (const ClaimScheme scheme :
       {ClaimScheme::kGradSigns, ClaimScheme::kDeepWater, ClaimScheme::kTriggerSet, ClaimScheme::kNullEmbedding}) {
    const auto key = generate_key(task, plan, nullptr, order(scheme)).value();
    const auto rival = rival_key(task, plan, *key, 7);
    ASSERT_TRUE(rival.has_value()) << rival.error().message();
    EXPECT_NE(write_key(**rival), write_key(*key));
    EXPECT_NE(write_key(**rival), write_key(*rival_key(task, plan, *key, 8).value()));
    EXPECT_EQ(write_key(**rival), write_key(*rival_key(task, plan, *key, 7).value()));
    EXPECT_EQ((*rival)->parameters().size(), key->parameters().size());
  }
}

TEST_F(Keygen, ASummaryKeepsTheSecret) {
  const auto key = generate_key(task, plan, nullptr, order(ClaimScheme::kGradSigns)).value();
  const std::string summary = key_summary(*key);
  EXPECT_NE(summary.find("scheme gradsigns\n"), std::string::npos);
  EXPECT_NE(summary.find("bits 64\n"), std::string::npos);
  EXPECT_EQ(summary.find("seed"), std::string::npos);
}

}  // namespace
}  // namespace freezenet::ownership
