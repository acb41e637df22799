#include "training/augment.h"

#include <algorithm>
#include <cstddef>

namespace freezenet::training {

namespace {

/// Of a line of `size` places, those that show the image when the window lies `shift` places behind it: [begin, end).
struct Shown {
  Shown(std::ptrdiff_t size, std::ptrdiff_t shift)
      : begin(std::max<std::ptrdiff_t>(0, -shift)), end(std::min(size, size - shift)) {}
  std::ptrdiff_t begin, end;  // begin < end, because crop_padding is below the size
};

}  // namespace

View draw_view(const Augmentation& augmentation, Stream& stream) {
  View view;
  // Without a crop the bound is 1, and nothing is drawn.
  view.dy = stream.bounded(2 * augmentation.crop_padding + 1);
  view.dx = stream.bounded(2 * augmentation.crop_padding + 1);
  if (augmentation.flip) view.mirrored = stream.next_u32() >> 31 == 1;
  return view;
}

void copy_view(const DatasetSpec& shape, const Augmentation& augmentation, const View& view, ByteView from,
               std::span<std::uint8_t> to) {
  const std::ptrdiff_t height = shape.height, width = shape.width, padding = augmentation.crop_padding;
  const std::ptrdiff_t down = std::ptrdiff_t{view.dy} - padding, right = std::ptrdiff_t{view.dx} - padding;
  const Shown rows(height, down), columns(width, right);
  for (std::ptrdiff_t c = 0; c < std::ptrdiff_t{shape.channels}; ++c) {
    const auto image = from.begin() + c * height * width;
    auto out = to.begin() + c * height * width;
    out = std::fill_n(out, rows.begin * width, std::uint8_t{0});
    for (std::ptrdiff_t y = rows.begin; y < rows.end; ++y) {
      const auto row = image + (y + down) * width + right;
      if (view.mirrored) {
        out = std::fill_n(out, width - columns.end, std::uint8_t{0});
        out = std::reverse_copy(row + columns.begin, row + columns.end, out);
        out = std::fill_n(out, columns.begin, std::uint8_t{0});
      } else {
        out = std::fill_n(out, columns.begin, std::uint8_t{0});
        out = std::copy(row + columns.begin, row + columns.end, out);
        out = std::fill_n(out, width - columns.end, std::uint8_t{0});
      }
    }
    std::fill_n(out, (height - rows.end) * width, std::uint8_t{0});
  }
}

}  // namespace freezenet::training
