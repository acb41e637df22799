#include "training/augment.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "tests/unit/source_dir.h"
#include "tests/unit/training/plain_view.h"

namespace freezenet::training {
namespace {

DatasetSpec shape_of(std::uint32_t channels, std::uint32_t height, std::uint32_t width) {
  DatasetSpec shape;
  shape.channels = channels;
  shape.height = height;
  shape.width = width;
  return shape;
}

/// No byte of it is 0, which is what stands outside an image.
Bytes image_of(const DatasetSpec& shape) {
  Bytes image(std::size_t{shape.channels} * shape.height * shape.width);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(1 + i % 255);
  return image;
}

TEST(Augment, EveryViewIsTheOneOfThePlainLoop) {
  const DatasetSpec shapes[] = {shape_of(1, 8, 8), shape_of(3, 5, 4), shape_of(2, 2, 9), shape_of(1, 1, 1)};
  for (const DatasetSpec& shape : shapes) {
    const Bytes image = image_of(shape);
    for (std::uint32_t padding = 0; padding < std::min(shape.height, shape.width); ++padding) {
      const Augmentation augmentation{padding, true};
      for (std::uint32_t dy = 0; dy <= 2 * padding; ++dy) {
        for (std::uint32_t dx = 0; dx <= 2 * padding; ++dx) {
          for (const bool mirrored : {false, true}) {
            const View view{dy, dx, mirrored};
            Bytes found(image.size(), 0xee);  // also what is not written is seen
            copy_view(shape, augmentation, view, image, found);
            ASSERT_EQ(found, plain_view(shape, augmentation, view, image))
                << shape.height << " x " << shape.width << ", " << dy << ", " << dx << ", " << mirrored;
          }
        }
      }
    }
  }
}

TEST(Augment, ShowsWhatItSays) {
  const DatasetSpec shape = shape_of(1, 2, 3);
  const Bytes image{1, 2, 3, 4, 5, 6};
  const auto shown = [&](const Augmentation& augmentation, const View& view) {
    Bytes out(6);
    copy_view(shape, augmentation, view, image, out);
    return out;
  };
  EXPECT_EQ(shown({}, {}), image);
  EXPECT_EQ(shown({0, true}, {0, 0, true}), (Bytes{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(shown({1, false}, {1, 1, false}), image);
  EXPECT_EQ(shown({1, false}, {2, 0, false}),
            (Bytes{0, 4, 5, 0, 0, 0}));                                  // one row further down, one column to the left
  EXPECT_EQ(shown({1, true}, {2, 0, true}), (Bytes{5, 4, 0, 0, 0, 0}));  // that, mirrored
}

// Batches that tests/functional/reference.py made, which was written from the protocol alone.
TEST(Augment, BatchesAreThoseOfTheSharedVectors) {
  std::ifstream file(test::source_dir() + "/tests/vectors/augmentation.csv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  int rows = 0;
  for (; std::getline(file, line); ++rows) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream in(line);
    std::string seed, expected;
    std::uint32_t step = 0, batch = 0, flip = 0;
    Augmentation augmentation;
    DatasetSpec shape;
    in >> seed >> step >> batch >> augmentation.crop_padding >> flip;
    in >> shape.channels >> shape.height >> shape.width >> expected;
    ASSERT_TRUE(in) << line;
    augmentation.flip = flip == 1;
    Stream stream(sha256(as_bytes(std::span<const char>(seed))), "augment", step);
    Bytes sample(image_of(shape).size()), view(sample.size());
    Sha256 hash;
    for (std::uint32_t n = 0; n < batch; ++n) {
      for (std::size_t i = 0; i < sample.size(); ++i) sample[i] = static_cast<std::uint8_t>(17 * i + 101 * n + 1);
      copy_view(shape, augmentation, draw_view(augmentation, stream), sample, view);
      hash.update(view);
    }
    EXPECT_EQ(to_hex(ByteView(hash.finish().bytes)), expected) << line;
  }
  EXPECT_EQ(rows, 9);
}

TEST(Augment, DrawsOnlyWhatTheTaskAsksFor) {
  const Hash256 seed = sha256(as_bytes("seed"));
  const auto drawn = [&](const Augmentation& augmentation) {
    Stream stream(seed, "augment", 1), fresh(seed, "augment", 1);
    draw_view(augmentation, stream);
    const std::uint32_t next = stream.next_u32();
    for (int words = 0; words < 100; ++words) {
      if (fresh.next_u32() == next) return words;
    }
    return -1;
  };
  EXPECT_EQ(drawn({}), 0);
  EXPECT_EQ(drawn({0, true}), 1);
  EXPECT_GE(drawn({4, false}), 2);
  EXPECT_EQ(drawn({4, true}), drawn({4, false}) + 1);
}

}  // namespace
}  // namespace freezenet::training
