#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::training {

/// The files in which MNIST and its relatives come (http://yann.lecun.com/exdb/mnist, "IDX file format"): two zero
/// bytes, the type of a value, the number of dimensions, each dimension as a big-endian u32, then the values. Here the
/// values are bytes: images have three dimensions (count, height, width), labels have one (count).

/// What the longest header takes: four bytes and three dimensions.
inline constexpr std::size_t kIdxHeaderBytes = 16;

struct IdxHeader {
  unsigned dimensions = 0;               ///< 3 for images, 1 for labels
  std::array<std::uint32_t, 3> sizes{};  ///< those behind `dimensions` are 1
  std::uint64_t data_offset = 0;         ///< where the values begin
  [[nodiscard]] std::uint32_t count() const { return sizes[0]; }
  /// Bytes of one image, or of one label.
  [[nodiscard]] std::uint64_t value_size() const { return std::uint64_t{sizes[1]} * sizes[2]; }
};

/// From the first bytes of a file (kIdxHeaderBytes of them, or all where it is shorter) and the file's size, before
/// anything is allocated for it. kBadDataset, in words that go after the file's name, unless the values are bytes in
/// `dimensions` dimensions, there are 1 to kMaxSamples of them, no side is above kMaxSide, and the file is exactly as
/// long as it says.
Result<IdxHeader> read_idx_header(ByteView head, std::uint64_t file_size, unsigned dimensions);

/// The canonical bytes of a split (dataset.h), for one channel: to.size() == labels.size() + pixels.size(), and pixels
/// are a whole number a label.
void idx_to_canonical(ByteView labels, ByteView pixels, std::span<std::uint8_t> to);

}  // namespace freezenet::training
