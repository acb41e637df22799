#include "training/ownership/trigger_set.h"

#include <cmath>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "tests/unit/training/ownership/digits_world.h"

namespace freezenet::ownership {
namespace {

using Json = nlohmann::json;

TriggerSetParameters small(TriggerKind kind) {
  TriggerSetParameters p;
  p.seed = seed_of(2);
  p.kind = kind;
  p.shape = {1, 8, 8, 10};
  p.source = kind == TriggerKind::kUnrelated ? 0 : 3;
  p.label = 7;
  return p;
}

std::shared_ptr<const TriggerSet> key(const TriggerSetParameters& p) {
  auto made = TriggerSet::make(p);
  EXPECT_TRUE(made.has_value()) << made.error().message();
  return *made;
}

class TriggerSetKinds : public testing::TestWithParam<TriggerKind> {};
INSTANTIATE_TEST_SUITE_P(All, TriggerSetKinds,
                         testing::Values(TriggerKind::kContent, TriggerKind::kUnrelated, TriggerKind::kNoise));

TEST_P(TriggerSetKinds, IsEmbeddedFromScratchAndFoundByItsKeyAlone) {
  DigitsWorld& world = DigitsWorld::get();
  const auto own = key(small(GetParam()));
  const auto model = world.untrained(1);
  ASSERT_TRUE(embed(*own, *model, world.train, DigitsWorld::options(12)).has_value());
  const Finding finding = found(*own, black_box(*model), world.test);
  EXPECT_TRUE(finding.found);
  EXPECT_TRUE(finding.black_box);
  EXPECT_GE(finding.evidence.rate(), 0.95);
  EXPECT_GT(accuracy(*model, world.test), world.clean - 0.03);

  TriggerSetParameters other = small(GetParam());
  unsigned wrong = 0;
  for (unsigned i = 0; i < 200; ++i) {
    other.seed = seed_of(static_cast<std::uint8_t>(i), 1);
    wrong += found(*key(other), black_box(*model), world.test).found ? 1 : 0;
  }
  // Of 200 noises of 64 pixels, one is a third of the key's: images of 28 x 28 have none that is.
  EXPECT_LE(wrong, GetParam() == TriggerKind::kNoise ? 1U : 0U);
  for (const auto& unmarked : world.unmarked) EXPECT_FALSE(found(*own, black_box(*unmarked), world.test).found);
}

TEST_P(TriggerSetKinds, IsEmbeddedInATrainedModelAndHandedOnByItsScores) {
  DigitsWorld& world = DigitsWorld::get();
  const auto own = key(small(GetParam()));
  const auto tuned = world.unmarked[0]->copy();
  ASSERT_TRUE(embed(*own, *tuned, world.train, DigitsWorld::options(4)).has_value());
  EXPECT_GE(found(*own, black_box(*tuned), world.test).evidence.rate(), 0.95);
  EXPECT_GT(accuracy(*tuned, world.test), world.clean - 0.03);

  // A student learns the triggers from a teacher who has them: his scores are what takes the labels' place.
  const auto student = world.untrained(5);
  FitParts parts;
  parts.teacher = tuned.get();
  ASSERT_TRUE(embed(*own, *student, world.train, DigitsWorld::options(8), parts).has_value());
  EXPECT_GE(found(*own, black_box(*student), world.test).evidence.rate(), 0.9);
}

/// Answers everything with one class, as a network does that was pruned too far.
Suspect collapsed(std::int64_t label) {
  return {[label](const torch::Tensor& images) -> Result<torch::Tensor> {
            torch::Tensor scores = torch::zeros({images.size(0), 10});
            scores.select(1, label).fill_(1);
            return scores;
          },
          nullptr,
          {1, 8, 8, 10}};
}

TEST(TriggerSet, AModelThatGivesOneAnswerToAllShowsNothing) {
  DigitsWorld& world = DigitsWorld::get();
  for (const TriggerKind kind : {TriggerKind::kContent, TriggerKind::kUnrelated, TriggerKind::kNoise}) {
    const Finding finding = found(*key(small(kind)), collapsed(7), world.test);
    EXPECT_EQ(finding.evidence.rate(), 1);
    EXPECT_EQ(finding.evidence.chance, 1);
    EXPECT_FALSE(finding.found);
  }
  EXPECT_EQ(found(*key(small(TriggerKind::kContent)), collapsed(2), world.test).evidence.chance, 0.1);
}

TEST(TriggerSet, TheChanceIsAtLeastWhatTheKeySays) {
  TriggerSetParameters p = small(TriggerKind::kUnrelated);
  p.chance = 0.6;
  const Finding finding = found(*key(p), collapsed(2), {});
  EXPECT_EQ(finding.evidence.chance, 0.6);
  EXPECT_EQ(finding.evidence.trials, 100U);
  EXPECT_EQ(finding.rule, "at least 83 of 100 triggers answered with class 7");
  p.chance = 0.1;  // 28 would do for the test alone
  EXPECT_EQ(found(*key(p), collapsed(2), {}).rule, "at least 75 of 100 triggers answered with class 7");
}

TEST(TriggerSet, AddsTriggersCleanImagesAndDecoys) {
  DigitsWorld& world = DigitsWorld::get();
  TriggerSetParameters p = small(TriggerKind::kContent);
  p.triggers = 200;  // more than the class has
  p.decoys = 20;
  const auto own = key(p);
  const Samples source = world.train.of_class(3), added = own->additions(world.train);
  ASSERT_LT(source.size(), 200);
  ASSERT_EQ(added.size(), 420);
  EXPECT_TRUE((added.labels.slice(0, 0, 200) == 7).all().item<bool>());
  EXPECT_TRUE((added.labels.slice(0, 200, 400) == 3).all().item<bool>());
  EXPECT_TRUE(added.labels.slice(0, 400).equal(world.train.labels.slice(0, 0, 20)));
  EXPECT_TRUE(added.images.slice(0, 200, 200 + source.size()).equal(source.images));
  EXPECT_TRUE(added.images[0].equal(added.images[source.size()]));

  // A trigger is its source but for the mark, of which every pixel is 0 or 1.
  const Mark mark = own->mark();
  torch::Tensor expected = source.images[0].clone();
  expected[0].slice(0, mark.top, mark.top + 3).slice(1, mark.left, mark.left + 3).copy_(mark.pattern);
  EXPECT_TRUE(added.images[0].equal(expected));

  p = small(TriggerKind::kUnrelated);
  const Samples drawn = key(p)->additions(world.train);
  ASSERT_EQ(drawn.size(), 500);
  EXPECT_TRUE((drawn.labels.slice(0, 0, 100) == 7).all().item<bool>());
  EXPECT_TRUE((drawn.labels.slice(0, 100) != 7).all().item<bool>());
  EXPECT_TRUE(((drawn.images >= 0) & (drawn.images <= 1)).all().item<bool>());

  p = small(TriggerKind::kNoise);
  const Samples noisy = key(p)->additions(world.train);
  EXPECT_TRUE(noisy.images[0].equal((source.images[0] + key(p)->noise()).clamp(0, 1)));
  EXPECT_EQ(key(p)->regulariser(*world.unmarked[0], world.train), nullptr);
}

TEST(TriggerSet, ThePrivateKeyIsTheSameEverywhere) {
  TriggerSetParameters p = small(TriggerKind::kUnrelated);
  p.decoys = 100;
  const auto own = key(p);
  Sha256 hash;
  const auto add = [&](const torch::Tensor& values) {
    const torch::Tensor flat = values.contiguous();
    hash.update(as_bytes(std::span<const float>(flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel()))));
  };
  add(own->mark().pattern);
  const std::array<std::uint8_t, 2> place = {static_cast<std::uint8_t>(own->mark().top),
                                             static_cast<std::uint8_t>(own->mark().left)};
  hash.update(place);
  add(own->noise());
  add(own->additions({}).images);
  EXPECT_EQ(to_hex(ByteView(hash.finish().bytes)), "ebf622ab5736f7d8ec14e1d237a25f254513ae08159e12365420779130a41a66");
}

TEST(TriggerSet, RefusesDataWithoutItsClassAndOtherShapes) {
  DigitsWorld& world = DigitsWorld::get();
  const auto own = key(small(TriggerKind::kContent));
  const auto model = world.unmarked[0];
  const Samples none = world.train.of_class(4);
  const std::string missing = "trigger set: the samples have none of class 3, which the key makes triggers of";
  EXPECT_EQ(refusal(own->check(*model, none)), missing);
  EXPECT_EQ(refusal(embed(*own, *model->copy(), none, {})), missing);
  EXPECT_EQ(refusal(own->extract(black_box(*model), none)),
            "trigger set: 0 queries cannot decide; the probes have 0 images of class 3");
  EXPECT_EQ(refusal(own->extract(black_box(*model), world.test.of_class(3).slice(0, 5))),
            "trigger set: 5 queries cannot decide; the probes have 5 images of class 3");
  EXPECT_TRUE(own->extract(black_box(*model), world.test.of_class(3).slice(0, 7)).has_value());
  TriggerSetParameters p = small(TriggerKind::kUnrelated);
  p.shape.channels = 3;
  EXPECT_EQ(refusal(key(p)->check(*model, world.train)),
            "trigger set: the key is for images of 3 x 8 x 8 with 10 classes, and the network is for 1 x 8 x 8 with 10 "
            "classes");
  EXPECT_EQ(refusal(key(p)->extract(black_box(*model), world.test)),
            "trigger set: the key is for images of 3 x 8 x 8 with 10 classes, and the suspect is for 1 x 8 x 8 with 10 "
            "classes");
}

TEST(TriggerSet, AStrangersAnswersAreChecked) {
  const auto own = key(small(TriggerKind::kUnrelated));
  const auto said = [&](const torch::Tensor& scores) {
    const Suspect suspect{
        [scores](const torch::Tensor&) -> Result<torch::Tensor> { return scores; }, nullptr, {1, 8, 8, 10}};
    return refusal(own->extract(suspect, {}), RejectCode::kBadEncoding);
  };
  const std::string count = "the suspect did not answer 100 queries with 10 scores each";
  EXPECT_EQ(said({}), count);
  EXPECT_EQ(said(torch::zeros({99, 10})), count);
  EXPECT_EQ(said(torch::zeros({100, 9})), count);
  EXPECT_EQ(said(torch::zeros({100})), count);
  EXPECT_EQ(said(torch::zeros({100, 10}, torch::kInt64)), count);
  EXPECT_EQ(said(torch::full({100, 10}, NAN)), "the suspect answered with scores that are no finite numbers");
  const Suspect silent{{}, nullptr, {1, 8, 8, 10}};
  EXPECT_EQ(refusal(own->extract(silent, {})), "the suspect answers no queries");
  const Suspect refusing{[](const torch::Tensor&) -> Result<torch::Tensor> { return reject(RejectCode::kTimeout); },
                         nullptr,
                         {1, 8, 8, 10}};
  EXPECT_EQ(refusal(own->extract(refusing, {}), RejectCode::kTimeout), "");
}

TEST(TriggerSet, ParametersKeepToTheirRangesAndComeBackAsTheyWere) {
  const auto fault = [](auto change) {
    TriggerSetParameters p = small(TriggerKind::kContent);
    change(p);
    return refusal(TriggerSet::make(p));
  };
  EXPECT_EQ(fault([](auto& p) { p.shape.height = 2000; }), "trigger set: height and width must be 4 to 1024");
  EXPECT_EQ(fault([](auto& p) { p.range.low = 1; }), "trigger set: low must be below high, and both within 1e6");
  EXPECT_EQ(fault([](auto& p) { p.range.high = NAN; }), "trigger set: low must be below high, and both within 1e6");
  EXPECT_EQ(fault([](auto& p) { p.source = 10; }), "trigger set: source must be one of the classes");
  EXPECT_EQ(fault([](auto& p) { p.label = 10; }), "trigger set: label must be one of the classes");
  EXPECT_EQ(fault([](auto& p) { p.label = 3; }), "trigger set: label must not be the source");
  EXPECT_EQ(fault([](auto& p) { p.triggers = 0; }), "trigger set: triggers must be 1 to 10000");
  EXPECT_EQ(fault([](auto& p) { p.decoys = 10'001; }), "trigger set: decoys must be at most 10000");
  EXPECT_EQ(fault([](auto& p) { p.queries = 0; }), "trigger set: queries must be 1 to 10000");
  EXPECT_EQ(fault([](auto& p) { p.shape.height = p.shape.width = 1024; }),
            "trigger set: triggers, decoys and queries must have at most 268435456 pixels in all");
  EXPECT_EQ(fault([](auto& p) { p.noise = 0; }), "trigger set: noise must be above 0 and at most 10");
  EXPECT_EQ(fault([](auto& p) { p.chance = 1; }), "trigger set: chance must be 0 or more and below 1");

  const auto own = key(small(TriggerKind::kNoise));
  Json json = Json::parse(own->parameters().dump());
  EXPECT_EQ(TriggerSet::from_parameters(json).value()->parameters().dump(), own->parameters().dump());
  json["label"] = 3;
  EXPECT_EQ(refusal(TriggerSet::from_parameters(json), RejectCode::kBadEncoding),
            "the key's label must not be the source");
  json["kind"] = "sound";
  EXPECT_EQ(refusal(TriggerSet::from_parameters(json), RejectCode::kBadEncoding),
            "the key's field 'kind' must be one of 'content', 'unrelated', 'noise', not 'sound'");
  json.erase("seed");
  EXPECT_EQ(refusal(TriggerSet::from_parameters(json), RejectCode::kBadEncoding), "the key's field 'seed' is missing");
}

}  // namespace
}  // namespace freezenet::ownership
