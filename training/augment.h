#pragma once

#include <cstdint>
#include <span>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/task.h"

namespace freezenet::training {

/// How one sample of a batch is seen (docs/protocol.md section 5): the window of a crop in the image with a border of
/// `crop_padding` zero bytes, and whether what it shows is mirrored from left to right.
struct View {
  std::uint32_t dy = 0, dx = 0;  ///< 0..2 * crop_padding; crop_padding is the image itself
  bool mirrored = false;
  friend bool operator==(const View&, const View&) = default;
};

/// The next sample's view. `stream` is the step's "augment" stream; what the task does not ask for draws nothing.
View draw_view(const Augmentation& augmentation, Stream& stream);

/// Writes what `view` shows of one image of the dataset's shape. `from` and `to` hold channels * height * width bytes
/// and do not overlap.
void copy_view(const DatasetSpec& shape, const Augmentation& augmentation, const View& view, ByteView from,
               std::span<std::uint8_t> to);

}  // namespace freezenet::training
