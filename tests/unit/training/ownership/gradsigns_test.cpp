#include "training/ownership/gradsigns.h"

#include <cmath>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/hash_drbg.h"
#include "tests/unit/training/ownership/gradsigns_fixture.h"

namespace freezenet::ownership {
namespace {

using test::digits_key;
using test::DigitsData;

TEST(GradSigns, AKeyIsTheSameEverywhere) {
  const auto key = GradSigns::make(digits_key(7, 32)).value();
  const auto bytes = [](const torch::Tensor& tensor) {
    return ByteView(static_cast<const std::uint8_t*>(tensor.data_ptr()), tensor.nbytes());
  };
  const torch::Tensor carriers = key->carriers({1, 28, 28, 10});
  Sha256 hash;
  hash.update(bytes(key->bits())).update(bytes(carriers)).update(bytes(key->projection()));
  EXPECT_EQ(to_hex(hash.finish()), "9fd1549ae657f3670b671feac266ec3042c79f2020deac51db36fdc32778f977");
}

TEST(GradSigns, OnlyWhatIsEmbeddedMakesTheKeysMaterial) {
  GradSignsParameters parameters = digits_key(7, 32);
  const auto key = GradSigns::make(parameters).value();
  parameters.step = 1e-3;
  parameters.strength = 2;
  const auto other = GradSigns::make(parameters).value();
  EXPECT_TRUE(torch::equal(key->bits(), other->bits()));
  EXPECT_TRUE(torch::equal(key->projection(), other->projection()));
  parameters.seed = test::key_seed(8);
  EXPECT_FALSE(torch::equal(key->projection(), GradSigns::make(parameters).value()->projection()));
}

/// The derivative of the signature's loss by the weights, which is a second derivative of the network, against central
/// differences of that loss along random directions, all in binary64.
TEST(GradSigns, TheDoubleBackwardIsTheDerivativeOfTheLoss) {
  const DigitsData digits;
  TaskClassifier model = digits.network(5);
  model.to(torch::kFloat64);
  const auto key = GradSigns::make(digits_key(1, 16)).value();
  const torch::Tensor carriers = key->carriers(model.shape());
  const torch::Tensor images = digits.train.of_class(3).images.slice(0, 10).to(torch::kFloat64);
  const auto loss = [&] { return key->signature_loss(model, images, carriers); };
  const auto gradients = torch::autograd::grad({loss()}, model.parameters(), {}, false, false, true);
  at::Generator generator = at::detail::createCPUGenerator(3);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    // The last bias enters through the scores alone; every tensor is part of the first derivative.
    ASSERT_TRUE(gradients[i].defined()) << i;
    torch::Tensor weight = model.parameters()[i].detach();
    const torch::Tensor direction = torch::randn(weight.sizes(), generator, weight.options());
    const double step = 1e-7 / direction.norm().item<double>();
    weight.add_(direction, step);
    const double above = loss().item<double>();
    weight.add_(direction, -2 * step);
    const double below = loss().item<double>();
    weight.add_(direction, step);
    const double expected = (gradients[i] * direction).sum().item<double>();
    EXPECT_NEAR((above - below) / (2 * step), expected, 1e-4 * std::abs(expected) + 1e-6) << "tensor " << i;
  }
}

TEST(GradSigns, TheLossLeavesTheModesAsTheyWere) {
  const DigitsData digits;
  TaskClassifier model = digits.network(5);
  model.train();
  const auto key = GradSigns::make(digits_key(1, 16)).value();
  const auto part = key->regulariser(model, digits.train);
  EXPECT_TRUE(part->loss(model, digits.train.images, digits.train.labels).requires_grad());
  EXPECT_TRUE(model.is_training());
}

template <typename Change>
std::string refusal_of(Change change) {
  GradSignsParameters parameters = digits_key(1, 16);
  change(parameters);
  const auto made = GradSigns::make(parameters);
  return made ? "none" : made.error().message();
}

TEST(GradSigns, AParameterOutOfItsRangeIsNamed) {
  using P = GradSignsParameters;
  EXPECT_EQ(refusal_of([](P&) {}), "none");
  EXPECT_EQ(refusal_of([](P& p) { p.bits = 0; }), "config: bits is a count from 1 to 1024");
  EXPECT_EQ(refusal_of([](P& p) { p.carriers = 5000; }), "config: carriers is a count from 1 to 4096");
  EXPECT_EQ(refusal_of([](P& p) { p.bits = 65; }), "config: bits is more than carriers, 65 against 64");
  EXPECT_EQ(refusal_of([](P& p) { p.target_class = 256; }), "config: target_class is a count from 0 to 255");
  EXPECT_EQ(refusal_of([](P& p) { p.draws = 0; }), "config: draws is a count from 1 to 100");
  EXPECT_EQ(refusal_of([](P& p) { p.samples = 1001; }), "config: samples is a count from 1 to 1000");
  EXPECT_EQ(refusal_of([](P& p) { p.strength = 0; }), "config: strength is a number from 1e-06 to 1000");
  EXPECT_EQ(refusal_of([](P& p) { p.gain = 1e5; }), "config: gain is a number from 0.01 to 100");
  EXPECT_EQ(refusal_of([](P& p) { p.dither = -0.1; }), "config: dither is a number from 0 to 1");
  EXPECT_EQ(refusal_of([](P& p) { p.step = std::nan(""); }), "config: step is a number from 1e-06 to 1");
}

TEST(GradSigns, AKeyIsReadAsItWasWritten) {
  const auto key = GradSigns::make(digits_key(9, 48)).value();
  const auto again = GradSigns::from_parameters(nlohmann::json::parse(key->parameters().dump()));
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ((*again)->values(), key->values());
}

template <typename Change>
std::string reading_of(Change change) {
  nlohmann::json value = to_json(digits_key(1, 16));
  change(value);
  const auto read = GradSigns::from_parameters(value);
  return read ? "none" : read.error().message();
}

TEST(GradSigns, AFieldOfAKeyFileIsNamed) {
  using J = nlohmann::json;
  EXPECT_EQ(reading_of([](J&) {}), "none");
  EXPECT_EQ(reading_of([](J& j) { j = J::array(); }), "bad-encoding: the parameters are no object");
  EXPECT_EQ(reading_of([](J& j) { j.erase("seed"); }), "bad-encoding: seed is missing");
  EXPECT_EQ(reading_of([](J& j) { j["seed"] = "12"; }), "bad-encoding: seed is no text of 64 hexadecimal digits");
  EXPECT_EQ(reading_of([](J& j) { j["seed"] = 12; }), "bad-encoding: seed is no text of 64 hexadecimal digits");
  EXPECT_EQ(reading_of([](J& j) { j.erase("carriers"); }), "bad-encoding: carriers is missing");
  EXPECT_EQ(reading_of([](J& j) { j["bits"] = -1; }), "bad-encoding: bits is a count from 1 to 1024");
  EXPECT_EQ(reading_of([](J& j) { j["bits"] = 4294967297; }), "bad-encoding: bits is a count from 1 to 1024");
  EXPECT_EQ(reading_of([](J& j) { j["bits"] = 16.5; }), "bad-encoding: bits is a count from 1 to 1024");
  EXPECT_EQ(reading_of([](J& j) { j["bits"] = 100U; }), "bad-encoding: bits is more than carriers, 100 against 64");
  EXPECT_EQ(reading_of([](J& j) { j["step"] = "a"; }), "bad-encoding: step is a number from 1e-06 to 1");
  EXPECT_EQ(reading_of([](J& j) { j["step"] = 2; }), "bad-encoding: step is a number from 1e-06 to 1");
  EXPECT_EQ(reading_of([](J& j) { j.erase("dither"); }), "bad-encoding: dither is missing");
  EXPECT_EQ(reading_of([](J& j) { j["lambda"] = 1; }), "bad-encoding: 'lambda' is no field of a GradSigns key");
}

TEST(GradSigns, ANetworkOrSamplesThatDoNotFitAreRefused) {
  const DigitsData digits;
  TaskClassifier model = digits.network(5);
  const auto refusal = [&](const GradSignsParameters& parameters, const Samples& samples) {
    const auto key = GradSigns::make(parameters).value();
    const auto checked = key->check(model, samples);
    const auto found = key->extract(black_box(model), samples);
    EXPECT_EQ(checked.has_value(), found.has_value());
    return checked ? "none" : checked.error().message();
  };
  GradSignsParameters parameters = digits_key(1, 16);
  EXPECT_EQ(refusal(parameters, digits.evaluation), "none");
  EXPECT_EQ(refusal(parameters, digits.train.of_class(4)), "config: no sample is of the key's class 3");
  parameters.carriers = 65;
  EXPECT_EQ(refusal(parameters, digits.evaluation),
            "config: the key has 65 carriers, an input of the network 64 elements");
  parameters.carriers = 64;
  parameters.target_class = 10;
  EXPECT_EQ(refusal(parameters, digits.evaluation), "config: the key's class is 10, the network has classes 0 to 9");
}

TEST(GradSigns, AnAnswerThatIsNoScoresIsRefused) {
  const DigitsData digits;
  const auto key = GradSigns::make(digits_key(1, 16)).value();
  Suspect suspect;
  suspect.shape = {1, 8, 8, 10};
  const auto refusal = [&](const std::function<Result<torch::Tensor>(const torch::Tensor&)>& scores) {
    suspect.scores = scores;
    return key->extract(suspect, digits.evaluation).error();
  };
  const auto uniform = [](std::int64_t n, std::int64_t classes) { return torch::full({n, classes}, 0.1); };
  EXPECT_EQ(refusal([&](const torch::Tensor& x) { return uniform(x.size(0), 9); }).code, RejectCode::kBadEncoding);
  EXPECT_EQ(refusal([&](const torch::Tensor&) { return uniform(1, 10); }).code, RejectCode::kBadEncoding);
  EXPECT_EQ(refusal([&](const torch::Tensor& x) { return uniform(x.size(0), 10) / 0; }).code, RejectCode::kBadEncoding);
  EXPECT_EQ(refusal([](const torch::Tensor&) -> Result<torch::Tensor> {
              return reject(RejectCode::kDisconnected, "gone");
            }).message(),
            "disconnected: gone");
}

}  // namespace
}  // namespace freezenet::ownership
