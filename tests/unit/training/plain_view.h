#pragma once

#include "training/augment.h"

namespace freezenet::training {

/// copy_view() as docs/protocol.md section 5 says it, a byte at a time.
inline Bytes plain_view(const DatasetSpec& shape, const Augmentation& augmentation, const View& view, ByteView image) {
  const auto height = std::int64_t{shape.height}, width = std::int64_t{shape.width};
  const auto padding = std::int64_t{augmentation.crop_padding};
  Bytes result;
  for (std::int64_t c = 0; c < std::int64_t{shape.channels}; ++c) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t from_y = y + view.dy - padding;
        const std::int64_t from_x = (view.mirrored ? width - 1 - x : x) + view.dx - padding;
        const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
        result.push_back(inside ? image[static_cast<std::size_t>((c * height + from_y) * width + from_x)]
                                : std::uint8_t{0});
      }
    }
  }
  return result;
}

}  // namespace freezenet::training
