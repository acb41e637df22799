#include "training/ownership/null_embedding.h"

#include <cmath>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "tests/unit/training/ownership/digits_world.h"

namespace freezenet::ownership {
namespace {

using Json = nlohmann::json;

SecretKey secret(std::uint8_t a, std::uint8_t b = 0) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[30] = b;
  bytes[31] = a;
  return SecretKey::from_bytes(bytes).value();
}

NullEmbeddingParameters small() {
  NullEmbeddingParameters p;
  p.id = "Anna, anna@example.org";
  p.time = 1'700'000'000;
  p.shape = {1, 8, 8, 10};
  p.side = 3;
  return p;
}

std::shared_ptr<const NullEmbedding> key(const NullEmbeddingParameters& p, const SecretKey& by = secret(1)) {
  auto made = NullEmbedding::sign(by, p);
  EXPECT_TRUE(made.has_value()) << made.error().message();
  return *made;
}

/// One that leaves enough of a digit of 8 x 8 pixels to be read: its pattern is in a corner.
std::shared_ptr<const NullEmbedding> corner_key() {
  for (std::uint8_t a = 1;; ++a) {
    auto made = key(small(), secret(a));
    if (made->top() % 5 == 0 && made->left() % 5 == 0) return made;
  }
}

void expect_kept(const Finding& finding) {
  EXPECT_TRUE(finding.found);
  EXPECT_TRUE(finding.black_box);
  EXPECT_GE(measure(finding, "null accuracy"), 0.9);
  EXPECT_GE(measure(finding, "true accuracy"), 0.9);
}

TEST(NullEmbedding, IsEmbeddedFromScratchAndFoundByItsKeyAlone) {
  DigitsWorld& world = DigitsWorld::get();
  const auto own = corner_key();
  const auto model = world.untrained(1);
  ASSERT_TRUE(embed(*own, *model, world.train, DigitsWorld::options(16)).has_value());
  expect_kept(found(*own, black_box(*model), world.test));
  EXPECT_GT(accuracy(*model, world.test), world.clean - 0.03);
  for (unsigned i = 0; i < 300; ++i) {
    const auto other = key(small(), secret(static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(1 + i / 256)));
    EXPECT_FALSE(found(*other, black_box(*model), world.test).found) << i;
  }
  for (const auto& unmarked : world.unmarked) EXPECT_FALSE(found(*own, black_box(*unmarked), world.test).found);
}

TEST(NullEmbedding, IsEmbeddedInATrainedModelAndWhileDistilling) {
  DigitsWorld& world = DigitsWorld::get();
  const auto own = corner_key();
  const auto tuned = world.unmarked[0]->copy();
  ASSERT_TRUE(embed(*own, *tuned, world.train, DigitsWorld::options(10)).has_value());
  expect_kept(found(*own, black_box(*tuned), world.test));
  EXPECT_GT(accuracy(*tuned, world.test), world.clean - 0.03);

  const auto student = world.untrained(4);
  FitParts parts;
  parts.teacher = world.unmarked[0].get();
  ASSERT_TRUE(embed(*own, *student, world.train, DigitsWorld::options(16), parts).has_value());
  expect_kept(found(*own, black_box(*student), world.test));
}

TEST(NullEmbedding, ASecondKeyMayBeEmbedded) {
  DigitsWorld& world = DigitsWorld::get();
  const auto model = world.unmarked[0]->copy();
  ASSERT_TRUE(embed(*key(small()), *model, world.train, DigitsWorld::options(1)).has_value());
  EXPECT_TRUE(embed(*key(small(), secret(9)), *model, world.train, DigitsWorld::options(1)).has_value());
}

TEST(NullEmbedding, TheSignatureDecidesLabelPatternAndPlace) {
  NullEmbeddingParameters p = small();
  p.side = 6;
  const auto own = key(p);
  EXPECT_EQ(own->values().side, 4U);  // six pixels would be most of an image of eight
  const torch::Tensor images = torch::full({2, 1, 8, 8}, 0.5);
  const torch::Tensor null = own->null_embedded(images), swapped = own->true_embedded(images);
  const auto place = [&](const torch::Tensor& t) {
    return t.slice(2, own->top(), own->top() + 4).slice(3, own->left(), own->left() + 4);
  };
  EXPECT_TRUE(place(null).equal(((own->pattern() * 2 - 1) * own->values().lambda).expand({2, 1, 4, 4})));
  EXPECT_TRUE(place(swapped).equal(-place(null)));
  EXPECT_EQ((null == 0.5).sum().item<std::int64_t>(), 2 * (64 - 16));
  EXPECT_TRUE(images.equal(torch::full({2, 1, 8, 8}, 0.5)));

  Sha256 hash;
  const torch::Tensor pattern = own->pattern().contiguous();
  hash.update(as_bytes(std::span<const float>(pattern.data_ptr<float>(), 16)));
  const std::array<std::uint8_t, 3> rest = {static_cast<std::uint8_t>(own->label()),
                                            static_cast<std::uint8_t>(own->top()),
                                            static_cast<std::uint8_t>(own->left())};
  hash.update(rest).update(own->values().signature.bytes);
  EXPECT_EQ(to_hex(ByteView(hash.finish().bytes)), "4054d0fd618ea9081696019ad475527f728eb464c89df2296ff06c75dac1097a");
}

TEST(NullEmbedding, AChangedSignatureIdOrTimeIsRejected) {
  DigitsWorld& world = DigitsWorld::get();
  const NullEmbeddingParameters whole = key(small())->values();
  const auto said = [&](auto change) {
    NullEmbeddingParameters p = whole;
    change(p);
    const auto forged = NullEmbedding::make(p).value();
    const std::string sentence = "null embedding: the signature is not the owner's of this id and time";
    EXPECT_EQ(refusal(forged->check(*world.unmarked[0], world.train), RejectCode::kBadSignature), sentence);
    return refusal(forged->extract(black_box(*world.unmarked[0]), world.test), RejectCode::kBadSignature) == sentence;
  };
  EXPECT_TRUE(said([](auto& p) { p.signature.bytes[40] ^= 1; }));
  EXPECT_TRUE(said([](auto& p) { p.id += "."; }));
  EXPECT_TRUE(said([](auto& p) { ++p.time; }));
  EXPECT_TRUE(said([](auto& p) { p.owner = secret(2).public_key(); }));
  EXPECT_TRUE(said([](auto& p) { p.owner = {}; }));
  EXPECT_TRUE(NullEmbedding::make(whole).value()->check(*world.unmarked[0], world.train).has_value());
}

TEST(NullEmbedding, RefusesAnotherShapeAndTooFewProbes) {
  DigitsWorld& world = DigitsWorld::get();
  NullEmbeddingParameters p = small();
  p.shape.height = 9;
  EXPECT_EQ(refusal(key(p)->check(*world.unmarked[0], world.train)),
            "null embedding: the key is for images of 1 x 9 x 8 with 10 classes, and the network is for 1 x 8 x 8 with "
            "10 classes");
  EXPECT_EQ(refusal(key(p)->extract(black_box(*world.unmarked[0]), world.test)),
            "null embedding: the key is for images of 1 x 9 x 8 with 10 classes, and the suspect is for 1 x 8 x 8 with "
            "10 classes");
  const auto own = key(small());
  const std::string few = "null embedding: 0 probes of other classes than " + std::to_string(own->label());
  EXPECT_EQ(refusal(own->extract(black_box(*world.unmarked[0]), world.test.of_class(own->label()))),
            few + " cannot decide");
}

TEST(NullEmbedding, ParametersKeepToTheirRangesAndComeBackAsTheyWere) {
  const auto fault = [](auto change) {
    NullEmbeddingParameters p = small();
    p.side = 4;
    change(p);
    return refusal(NullEmbedding::make(p));
  };
  EXPECT_EQ(fault([](auto& p) { p.id = ""; }), "null embedding: id must be 1 to 256 printable characters");
  EXPECT_EQ(fault([](auto& p) { p.id = "a\n"; }), "null embedding: id must be 1 to 256 printable characters");
  EXPECT_EQ(fault([](auto& p) { p.side = 5; }),
            "null embedding: side must be 2 to 4 for images of 1 x 8 x 8 with 10 classes");
  EXPECT_EQ(fault([](auto& p) { p.shape.classes = 1; }), "null embedding: classes must be 2 to 256");
  EXPECT_EQ(fault([](auto& p) { p.shape.width = 3; }), "null embedding: height and width must be 4 to 1024");
  EXPECT_EQ(fault([](auto& p) { p.shape.channels = 0; }), "null embedding: channels must be 1 to 16");
  EXPECT_EQ(fault([](auto& p) { p.lambda = INFINITY; }), "null embedding: lambda must be above 0 and at most 1e6");
  EXPECT_EQ(fault([](auto& p) { p.strength = 0; }), "null embedding: strength must be above 0 and at most 100");
  EXPECT_EQ(fault([](auto& p) { p.queries = 0; }), "null embedding: queries must be 1 to 100000");
  EXPECT_EQ(fault([](auto& p) { p.threshold = 1; }), "null embedding: threshold must be 0.5 or more and below 1");

  const auto own = key(small());
  Json json = Json::parse(own->parameters().dump());
  EXPECT_EQ(NullEmbedding::from_parameters(json).value()->parameters().dump(), own->parameters().dump());
  json["side"] = 5;
  EXPECT_EQ(refusal(NullEmbedding::from_parameters(json), RejectCode::kBadEncoding),
            "the key's side must be 2 to 4 for images of 1 x 8 x 8 with 10 classes");
  json.erase("owner");
  EXPECT_EQ(refusal(NullEmbedding::from_parameters(json), RejectCode::kBadEncoding),
            "the key's field 'owner' is missing");
}

}  // namespace
}  // namespace freezenet::ownership
