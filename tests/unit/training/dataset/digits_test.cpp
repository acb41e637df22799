#include "training/dataset/digits.h"

#include <array>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"

namespace freezenet::training {
namespace {

// Both values stand in training/dataset/data/README.md; the script that made the file computed them without this code.
constexpr const char* kSha256 = "d8121ca7764eccfaef1df6bc4589c6527c58fcbab0cb1b079e79f97f8cb8219a";
constexpr const char* kRoot = "8b39074ba50e8b891845cc70ad524a75a76ffc338e4a367021bc8b36f942c5d3";

TEST(Digits, TheLinkedBytesAreTheFileOfTheReadme) {
  EXPECT_EQ(digits_bytes().size(), 116'805U);
  EXPECT_EQ(to_hex(ByteView(sha256(digits_bytes()).bytes)), kSha256);
  EXPECT_EQ(to_hex(chunked_root(digits_bytes())), kRoot);
}

TEST(Digits, IsTheDatasetOfTheDefaultTask) {
  const auto dataset = digits_dataset();
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message();
  EXPECT_EQ(to_hex(dataset->spec().root), kRoot);
  EXPECT_EQ(dataset->spec().train_count, 1437U);
  EXPECT_EQ(dataset->spec().evaluation_count, 360U);
}

TEST(Digits, HoldsEveryClassAndPixelsOfSeventeenLevels) {
  const auto dataset = digits_dataset();
  ASSERT_TRUE(dataset.has_value());
  std::array<int, 10> counts{};
  std::array<int, 17> levels{};
  const auto take = [&](std::uint8_t label, ByteView pixels) {
    ++counts.at(label);
    ASSERT_EQ(pixels.size(), 64U);
    for (const std::uint8_t pixel : pixels) ++levels.at(pixel);
  };
  for (std::size_t i = 0; i < 1437; ++i) take(dataset->train_label(i), dataset->train_pixels(i));
  for (std::size_t i = 0; i < 360; ++i) take(dataset->evaluation_label(i), dataset->evaluation_pixels(i));
  // The class counts of scikit-learn's description of the set.
  EXPECT_EQ(counts, (std::array<int, 10>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}));
  for (const int count : levels) EXPECT_GT(count, 0);
}

TEST(Digits, TheFirstSampleIsTheFirstOfTheSource) {
  const auto dataset = digits_dataset();
  ASSERT_TRUE(dataset.has_value());
  EXPECT_EQ(dataset->train_label(0), 0);
  const ByteView pixels = dataset->train_pixels(0);
  EXPECT_EQ(Bytes(pixels.begin(), pixels.begin() + 16), (Bytes{0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0}));
}

TEST(Digits, AnEmbeddedDatasetIsFoundByItsRoot) {
  DatasetSpec spec = digits_task().dataset;
  EXPECT_TRUE(embedded_dataset(spec).has_value());
  spec.root.bytes[0] ^= 1;
  const auto other = embedded_dataset(spec);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, RejectCode::kNotFound);
  EXPECT_NE(other.error().detail.find(to_hex(spec.root)), std::string::npos);
}

}  // namespace
}  // namespace freezenet::training
