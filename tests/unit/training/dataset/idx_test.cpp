#include "training/dataset/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/task.h"

namespace freezenet::training {
namespace {

using testing::HasSubstr;

Bytes header_bytes(std::uint8_t type, std::vector<std::uint32_t> sizes) {
  Bytes bytes{0, 0, type, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint32_t size : sizes) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(size >> shift));
  }
  return bytes;
}

std::string refusal(const Bytes& head, std::uint64_t size, unsigned dimensions) {
  const auto read = read_idx_header(head, size, dimensions);
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, RejectCode::kBadDataset);
  return read.error().detail;
}

TEST(Idx, ReadsTheSizesOfImagesAndLabels) {
  const auto images = read_idx_header(header_bytes(8, {60000, 28, 27}), 16 + 60000 * 28 * 27, 3);
  ASSERT_TRUE(images.has_value()) << images.error().detail;
  EXPECT_EQ(images->count(), 60000U);
  EXPECT_EQ(images->sizes, (std::array<std::uint32_t, 3>{60000, 28, 27}));
  EXPECT_EQ(images->value_size(), 28U * 27);
  EXPECT_EQ(images->data_offset, 16U);
  const auto labels = read_idx_header(header_bytes(8, {0x010203}), 8 + 0x010203, 1);
  ASSERT_TRUE(labels.has_value()) << labels.error().detail;
  EXPECT_EQ(labels->count(), 0x010203U);
  EXPECT_EQ(labels->value_size(), 1U);
  EXPECT_EQ(labels->data_offset, 8U);
}

TEST(Idx, SaysWhatIsWrongAndWhatToDo) {
  EXPECT_THAT(refusal({0x1f, 0x8b, 8, 0}, 4, 3), HasSubstr("run gunzip"));
  EXPECT_THAT(refusal({}, 0, 3), HasSubstr("not an IDX file"));
  EXPECT_THAT(refusal({0, 0, 8}, 3, 3), HasSubstr("not an IDX file"));
  EXPECT_THAT(refusal({1, 0, 8, 3}, 4, 3), HasSubstr("not an IDX file"));
  EXPECT_THAT(refusal({0, 1, 8, 3}, 4, 3), HasSubstr("not an IDX file"));
  EXPECT_THAT(refusal(header_bytes(0x0d, {1, 1, 1}), 17, 3), HasSubstr("another type"));
  EXPECT_THAT(refusal(header_bytes(8, {1}), 9, 3), HasSubstr("labels where images are expected"));
  EXPECT_THAT(refusal(header_bytes(8, {1, 1, 1}), 17, 1), HasSubstr("images where labels are expected"));
  EXPECT_THAT(refusal(header_bytes(8, {1, 1}), 13, 1), HasSubstr("2 dimensions"));
  EXPECT_THAT(refusal({0, 0, 8, 3, 0, 0, 0, 1}, 8, 3), HasSubstr("ends within its header"));
}

TEST(Idx, BoundsEverySizeAndHoldsTheFileToIt) {
  EXPECT_THAT(refusal(header_bytes(8, {0, 1, 1}), 16, 3), HasSubstr("0 samples"));
  EXPECT_THAT(refusal(header_bytes(8, {kMaxSamples + 1, 1, 1}), 17 + kMaxSamples, 3), HasSubstr("samples; 1 to"));
  EXPECT_THAT(refusal(header_bytes(8, {1, 0, 1}), 16, 3), HasSubstr("side of its images is 0"));
  EXPECT_THAT(refusal(header_bytes(8, {1, 1, kMaxSide + 1}), 17 + kMaxSide, 3), HasSubstr("side of its images"));
  EXPECT_EQ(refusal(header_bytes(8, {kMaxSamples, kMaxSide, kMaxSide}), 16 + (std::uint64_t{1} << 46), 3), "accepted");
  EXPECT_THAT(refusal(header_bytes(8, {2, 3, 4}), 16 + 23, 3), HasSubstr("39 bytes where its header says 40"));
  EXPECT_THAT(refusal(header_bytes(8, {2, 3, 4}), 16 + 25, 3), HasSubstr("41 bytes where its header says 40"));
}

TEST(Idx, ASampleIsItsLabelAndThenItsPixels) {
  const Bytes labels{7, 9};
  const Bytes pixels{1, 2, 3, 4, 5, 6};
  Bytes to(8);
  idx_to_canonical(labels, pixels, to);
  EXPECT_EQ(to, (Bytes{7, 1, 2, 3, 9, 4, 5, 6}));
}

}  // namespace
}  // namespace freezenet::training
