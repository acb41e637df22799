#include "training/ownership/deepwater.h"

#include <cmath>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "tests/unit/training/ownership/digits_world.h"

namespace freezenet::ownership {
namespace {

using Json = nlohmann::json;

/// Of the second convolution of the digits' network, of 144 weights a filter; the first has 9.
constexpr const char* kLayer = "2_weight";

DeepWaterParameters small() {
  DeepWaterParameters p;
  p.seed = seed_of(1);
  p.bits = 32;
  return p;
}

std::shared_ptr<const DeepWater> key(const DeepWaterParameters& p) {
  auto made = DeepWater::make(p);
  EXPECT_TRUE(made.has_value()) << made.error().message();
  return *made;
}

double bit_errors(const Key& k, Classifier& model) { return measure(found(k, white_box(model), {}), "bit error rate"); }

/// By how much the layer's two deviations differ from another model's, as shares; the larger.
double departure(Classifier& model, Classifier& from) {
  const auto probe = key(small());
  const Finding a = found(*probe, white_box(model), {}), b = found(*probe, white_box(from), {});
  double out = 0;
  for (const char* name : {"deviation of ", "averaged deviation of "}) {
    const std::string whole = std::string(name) + kLayer;
    out = std::max(out, std::abs(measure(a, whole) / measure(b, whole) - 1));
  }
  return out;
}

TEST(DeepWater, IsEmbeddedFromScratchAndFoundByItsKeyAlone) {
  DigitsWorld& world = DigitsWorld::get();
  const auto own = key(small())->with_reference(*world.unmarked[0]).value();
  const auto model = world.untrained(1);
  ASSERT_TRUE(embed(*own, *model, world.train, DigitsWorld::options(6)).has_value());
  const Finding finding = found(*own, white_box(*model), {});
  EXPECT_TRUE(finding.found);
  EXPECT_FALSE(finding.black_box);
  EXPECT_EQ(finding.evidence.matches, 32U);
  EXPECT_EQ(finding.rule, "at least 30 of 32 bits");
  EXPECT_GT(accuracy(*model, world.test), world.clean - 0.02);
  EXPECT_LT(departure(*model, *world.unmarked[0]), 0.2);
  // The reference is no part of what is looked for.
  EXPECT_EQ(bit_errors(*key(small()), *model), 0);

  DeepWaterParameters other = small();
  for (unsigned i = 0; i < 200; ++i) {
    other.seed = seed_of(static_cast<std::uint8_t>(i), 1);
    EXPECT_FALSE(found(*key(other), white_box(*model), {}).found) << i;
  }
  for (const auto& unmarked : world.unmarked) EXPECT_FALSE(found(*own, white_box(*unmarked), {}).found);
}

TEST(DeepWater, IsEmbeddedInATrainedModel) {
  DigitsWorld& world = DigitsWorld::get();
  const auto model = world.unmarked[0]->copy();
  ASSERT_TRUE(embed(*key(small()), *model, world.train, DigitsWorld::options(3)).has_value());
  EXPECT_EQ(bit_errors(*key(small()), *model), 0);
  EXPECT_GT(accuracy(*model, world.test), world.clean - 0.02);
  EXPECT_LT(departure(*model, *world.unmarked[0]), 0.2);
}

TEST(DeepWater, IsEmbeddedWhileDistilling) {
  DigitsWorld& world = DigitsWorld::get();
  const auto own = key(small())->with_reference(*world.unmarked[0]).value();
  const auto student = world.untrained(9);
  FitParts parts;
  parts.teacher = world.unmarked[0].get();
  parts.temperature = 2;
  Samples unlabelled = world.train;
  unlabelled.labels = torch::zeros_like(unlabelled.labels);
  ASSERT_TRUE(embed(*own, *student, unlabelled, DigitsWorld::options(12), parts).has_value());
  EXPECT_EQ(bit_errors(*own, *student), 0);
  EXPECT_GT(accuracy(*student, world.test), world.clean - 0.03);
}

TEST(DeepWater, UchidaCarriesBitsInOneLayerByEachProjection) {
  DigitsWorld& world = DigitsWorld::get();
  for (const Projection projection : {Projection::kRandom, Projection::kDirect, Projection::kDiff}) {
    DeepWaterParameters p = small();
    p.form = DeepWaterForm::kUchida;
    p.projection = projection;
    p.strength = 1;  // within so few steps
    const auto model = world.unmarked[0]->copy();
    ASSERT_TRUE(embed(*key(p), *model, world.train, DigitsWorld::options(8)).has_value());
    EXPECT_EQ(bit_errors(*key(p), *model), 0) << static_cast<int>(projection);
    EXPECT_FALSE(found(*key(p), white_box(*world.unmarked[0]), {}).found);
  }
}

TEST(DeepWater, ThePenaltyLeadsTheDistributionToItsReference) {
  DigitsWorld& world = DigitsWorld::get();
  DeepWaterParameters p = key(small())->with_reference(*world.unmarked[0]).value()->values();
  p.averaged_deviations[0] *= 2;
  const std::string name = std::string("averaged deviation of ") + kLayer;
  const auto ended = [&](double penalty) {
    p.penalty = penalty;
    const auto model = world.unmarked[0]->copy();
    EXPECT_TRUE(embed(*key(p), *model, world.train, DigitsWorld::options(3)).has_value());
    return measure(found(*key(p), white_box(*model), {}), name) / p.averaged_deviations[0];
  };
  EXPECT_LT(ended(0), 0.7);
  EXPECT_NEAR(ended(1), 1, 0.2);
}

TEST(DeepWater, WhoOverwritesItWithAnotherKeyTakesItAwayOnlyWithoutSigns) {
  DigitsWorld& world = DigitsWorld::get();
  const auto left = [&](DeepWaterForm form) {
    DeepWaterParameters own = small(), other = small();
    own.form = other.form = form;
    other.seed = seed_of(2);
    const auto model = world.unmarked[0]->copy();
    EXPECT_TRUE(embed(*key(own), *model, world.train, DigitsWorld::options(3)).has_value());
    EXPECT_EQ(bit_errors(*key(own), *model), 0);
    EXPECT_TRUE(embed(*key(other), *model, world.train, DigitsWorld::options(6)).has_value());
    EXPECT_EQ(bit_errors(*key(other), *model), 0);
    return bit_errors(*key(own), *model);
  };
  EXPECT_GT(left(DeepWaterForm::kLayers), 0.05);
  EXPECT_LE(left(DeepWaterForm::kSignedLayers), 0.05);
}

TEST(DeepWater, LayersVote) {
  DeepWaterParameters p = small();
  p.bits = 2;  // so few that the first convolution carries them too
  const auto model = DigitsWorld::get().untrained(1);
  const auto kernels = model->kernels();
  const auto carry = [&](std::size_t layer, double share) {
    const torch::NoGradGuard guard;
    const torch::Tensor& kernel = kernels[layer].tensor;
    const auto index = static_cast<std::uint32_t>(layer);
    const torch::Tensor sum = torch::mv(key(p)->projection(index, kernel[0].numel()).t(), key(p)->bits() * 2 - 1);
    kernel.detach().copy_(torch::outer(key(p)->signs(index, kernel.size(0)), sum * share).view_as(kernel));
  };
  carry(0, 1);
  carry(1, 1);
  const Finding finding = found(*key(p), white_box(*model), {});
  EXPECT_EQ(finding.evidence.matches, 2U);
  EXPECT_EQ(measure(finding, "bit error rate of 0_weight"), 0);
  EXPECT_EQ(measure(finding, "bit error rate of 2_weight"), 0);
  EXPECT_FALSE(finding.found);
  EXPECT_EQ(finding.rule, "2 bits cannot decide");

  // One for and one against: the layer that says it more clearly decides, which is the one of more weights.
  carry(0, -1);
  EXPECT_EQ(measure(found(*key(p), white_box(*model), {}), "bit error rate of 0_weight"), 1);
  EXPECT_EQ(bit_errors(*key(p), *model), 0);
}

TEST(DeepWater, ThePrivateKeyIsTheSameEverywhere) {
  DeepWaterParameters p = small();
  Sha256 hash;
  const auto add = [&](const torch::Tensor& values) {
    hash.update(as_bytes(std::span<const float>(values.data_ptr<float>(), static_cast<std::size_t>(values.numel()))));
  };
  add(key(p)->bits());
  for (const Projection projection : {Projection::kRandom, Projection::kDirect, Projection::kDiff}) {
    p.projection = projection;
    add(key(p)->projection(1, 144));
  }
  EXPECT_EQ(to_hex(ByteView(hash.finish().bytes)), "b768673edb0582215d7075d1f60b735f619fe7f7998baf7c833b214167e30470");
}

TEST(DeepWater, SignsAreTheSameEverywhere) {
  const torch::Tensor signs = key(small())->signs(1, 16);
  std::string text;
  for (std::int64_t i = 0; i < signs.numel(); ++i) text += signs[i].item<float>() > 0 ? '+' : '-';
  EXPECT_EQ(text, "--++-+++---+-+++");
  DeepWaterParameters p = small();
  for (const DeepWaterForm form : {DeepWaterForm::kLayers, DeepWaterForm::kUchida}) {
    p.form = form;
    EXPECT_TRUE(key(p)->signs(1, 16).equal(torch::ones({16})));
  }
}

TEST(DeepWater, NoTwoRowsOfOnesShareAPlace) {
  DeepWaterParameters p = small();
  p.projection = Projection::kDiff;
  const torch::Tensor x = key(p)->projection(0, 64);  // two places for each bit, and none left
  EXPECT_TRUE(x.abs().sum(0).equal(torch::ones({64})));
  EXPECT_TRUE(x.sum(1).equal(torch::zeros({32})));
}

TEST(DeepWater, RefusesWhatItCannotCarry) {
  DigitsWorld& world = DigitsWorld::get();
  const Classifier& model = *world.unmarked[0];
  DeepWaterParameters p = small();
  p.bits = 37;
  EXPECT_EQ(refusal(key(p)->check(model, {})),
            "DeepWater: 37 bits need a convolution of at least 148 weights a filter, and the largest that may carry "
            "them has 144");
  p.form = DeepWaterForm::kUchida;
  EXPECT_TRUE(key(p)->check(model, {}).has_value());
  p.bits = 145;
  EXPECT_EQ(refusal(key(p)->check(model, {})),
            "DeepWater: 145 bits need a convolution of at least 145 weights a filter, and the largest that may carry "
            "them has 144");
  p.bits = 73;
  p.projection = Projection::kDiff;
  EXPECT_EQ(refusal(embed(*key(p), *model.copy(), world.train, {})),
            "DeepWater: 73 bits need a convolution of at least 146 weights a filter, and the largest that may carry "
            "them has 144");
  p.layer = 2;
  EXPECT_EQ(refusal(key(p)->extract(white_box(*world.unmarked[0]), {})),
            "DeepWater: the network has 2 convolutions, and the key wants the one with index 2");

  p = key(small())->with_reference(model).value()->values();
  p.bits = 2;
  EXPECT_EQ(refusal(key(p)->check(model, {})),
            "DeepWater: the key's reference is of 1 layers, and 2 of this network carry bits");
  EXPECT_EQ(refusal(key(small())->extract(black_box(*world.unmarked[0]), {})),
            "DeepWater is read from the weights: queries alone do not do");
}

TEST(DeepWater, ParametersKeepToTheirRanges) {
  const auto fault = [](auto change) {
    DeepWaterParameters p = small();
    change(p);
    return refusal(DeepWater::make(p));
  };
  EXPECT_EQ(fault([](auto& p) { p.bits = 0; }), "DeepWater: bits must be 1 to 4096");
  EXPECT_EQ(fault([](auto& p) { p.bits = 4097; }), "DeepWater: bits must be 1 to 4096");
  EXPECT_EQ(fault([](auto& p) { p.layer = 64; }), "DeepWater: layer must be below 64");
  EXPECT_EQ(fault([](auto& p) { p.strength = 0; }), "DeepWater: strength must be above 0 and at most 1000");
  EXPECT_EQ(fault([](auto& p) { p.strength = NAN; }), "DeepWater: strength must be above 0 and at most 1000");
  EXPECT_EQ(fault([](auto& p) { p.penalty = -1; }), "DeepWater: penalty must be 0 to 1000");
  EXPECT_EQ(fault([](auto& p) { p.means = {0}; }),
            "DeepWater: the reference must have a mean and two deviations for each layer, 64 at most");
  EXPECT_EQ(fault([](auto& p) { p.means = {0}, p.deviations = {0}, p.averaged_deviations = {1}; }),
            "DeepWater: the reference must hold finite means, and deviations above 0");
}

TEST(DeepWater, ParametersComeBackAsTheyWere) {
  const auto own = key(small())->with_reference(*DigitsWorld::get().unmarked[0]).value();
  const auto again = DeepWater::from_parameters(Json::parse(own->parameters().dump())).value();
  EXPECT_EQ(again->parameters().dump(), own->parameters().dump());
  EXPECT_TRUE(again->bits().equal(own->bits()));

  Json json = Json::parse(own->parameters().dump());
  json["strength"] = "0";
  EXPECT_EQ(refusal(DeepWater::from_parameters(json), RejectCode::kBadEncoding),
            "the key's strength must be above 0 and at most 1000");
  json.erase("form");
  EXPECT_EQ(refusal(DeepWater::from_parameters(json), RejectCode::kBadEncoding), "the key's field 'form' is missing");
  json["form"] = "layers", json["more"] = 1;
  EXPECT_EQ(refusal(DeepWater::from_parameters(json), RejectCode::kBadEncoding), "the key has no field 'more'");
}

}  // namespace
}  // namespace freezenet::ownership
