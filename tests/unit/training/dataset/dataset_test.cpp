#include "training/dataset/dataset.h"

#include <memory>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"

namespace freezenet::training {
namespace {

/// Three samples of two 1x2 channels: two for training, one for evaluation.
const Bytes kBytes = {0, 10, 11, 12, 13, 2, 20, 21, 22, 23, 1, 30, 31, 32, 33};

DatasetSpec small_spec() {
  DatasetSpec spec;
  spec.name = "small";
  spec.channels = 2;
  spec.height = 1;
  spec.width = 2;
  spec.classes = 3;
  spec.train_count = 2;
  spec.evaluation_count = 1;
  spec.root = chunked_root(kBytes);
  return spec;
}

Reject rejected(const DatasetSpec& spec, const Bytes& bytes) {
  const auto dataset = Dataset::from_canonical(spec, bytes);
  EXPECT_FALSE(dataset.has_value());
  return dataset ? Reject{RejectCode::kConfig, "accepted"} : dataset.error();
}

TEST(Dataset, SplitsSamplesIntoLabelAndPixels) {
  const auto dataset = Dataset::from_canonical(small_spec(), kBytes);
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message();
  EXPECT_EQ(dataset->train_label(1), 2);
  EXPECT_EQ(dataset->evaluation_label(0), 1);
  const ByteView train = dataset->train_pixels(1);
  EXPECT_EQ(Bytes(train.begin(), train.end()), (Bytes{20, 21, 22, 23}));
  const ByteView evaluation = dataset->evaluation_pixels(0);
  EXPECT_EQ(Bytes(evaluation.begin(), evaluation.end()), (Bytes{30, 31, 32, 33}));
}

TEST(Dataset, ACopyOutlivesTheOriginal) {
  std::unique_ptr<Dataset> copy;
  {
    const auto dataset = Dataset::from_canonical(small_spec(), kBytes);
    ASSERT_TRUE(dataset.has_value());
    copy = std::make_unique<Dataset>(*dataset);
  }
  EXPECT_EQ(copy->train_pixels(0)[3], 13);
  const Dataset moved = std::move(*copy);
  copy.reset();
  EXPECT_EQ(moved.train_pixels(0)[3], 13);
}

TEST(Dataset, StaticBytesAreNotCopied) {
  const auto dataset = Dataset::from_static(small_spec(), kBytes);
  ASSERT_TRUE(dataset.has_value());
  EXPECT_EQ(dataset->canonical_bytes().data(), kBytes.data());
}

TEST(Dataset, AnyChangedByteIsRefusedWithBothRoots) {
  for (std::size_t i = 0; i < kBytes.size(); ++i) {
    Bytes changed = kBytes;
    changed[i] ^= 1;
    const Reject why = rejected(small_spec(), changed);
    EXPECT_EQ(why.code, RejectCode::kBadDataset);
    EXPECT_NE(why.detail.find(to_hex(small_spec().root)), std::string::npos);
    EXPECT_NE(why.detail.find(to_hex(chunked_root(changed))), std::string::npos);
  }
}

TEST(Dataset, AnotherLengthIsRefused) {
  for (std::size_t length : {std::size_t{0}, kBytes.size() - 1, kBytes.size() + 1}) {
    Bytes changed = kBytes;
    changed.resize(length);
    const Reject why = rejected(small_spec(), changed);
    EXPECT_EQ(why.code, RejectCode::kBadDataset);
    EXPECT_NE(why.detail.find("expected 15"), std::string::npos) << why.detail;
  }
}

TEST(Dataset, ALabelBeyondTheClassesIsRefusedEvenUnderTheRightRoot) {
  DatasetSpec spec = small_spec();
  spec.classes = 2;
  EXPECT_NE(rejected(spec, kBytes).detail.find("sample 1 has label 2 of 2"), std::string::npos);
}

TEST(Dataset, ShapesThatOverflowAreRefused) {
  DatasetSpec spec = small_spec();
  spec.channels = spec.height = spec.width = UINT32_MAX;
  EXPECT_EQ(rejected(spec, kBytes).code, RejectCode::kBadDataset);
  spec = small_spec();
  spec.channels = 0;
  EXPECT_EQ(rejected(spec, {0, 1, 2}).code, RejectCode::kBadDataset);
  spec = small_spec();
  spec.train_count = spec.evaluation_count = UINT32_MAX;
  EXPECT_EQ(rejected(spec, kBytes).code, RejectCode::kBadDataset);
  spec = small_spec();
  spec.train_count = spec.evaluation_count = 0;
  EXPECT_EQ(rejected(spec, {}).code, RejectCode::kBadDataset);
}

}  // namespace
}  // namespace freezenet::training
