#include "training/kernels/conv.h"

#include <algorithm>
#include <cstring>

#include "training/kernels/gemm.h"

namespace freezenet::kernels {

namespace {

WindowShape input_windows(const ConvShape& s) {
  return {.channels = s.channels,
          .height = s.height + 2 * s.padding,
          .width = s.width + 2 * s.padding,
          .kernel = s.kernel,
          .stride = s.stride,
          .out_height = s.out_height(),
          .out_width = s.out_width(),
          .flipped = false};
}

/// The output's gradient with stride - 1 zeros between its values and a border of kernel - 1 - padding: a stride-1
/// convolution of it with the flipped kernel visits, for each input position, the outputs that the position took part
/// in.
WindowShape gradient_windows(const ConvShape& s) {
  return {.channels = s.out_channels,
          .height = s.height + s.kernel - 1,
          .width = s.width + s.kernel - 1,
          .kernel = s.kernel,
          .stride = 1,
          .out_height = s.height,
          .out_width = s.width,
          .flipped = true};
}

std::size_t planes_floats(const Correlation& correlation) {
  return Scratch::rounded(correlation.images() * correlation.shape().planes());
}

/// Output (oy, ox) goes to oy * stride + kernel - 1 - padding. With a padding wider than the kernel some outputs saw
/// nothing but padding: they have no place here and no input to give a gradient to.
void fill_dilated(const KernelTable& table, const ConvShape& s, const WindowShape& w, const float* gradient,
                  float* planes) {
  const std::size_t out_height = s.out_height(), out_width = s.out_width();
  if (s.stride == 1 && s.padding < s.kernel) {
    const std::size_t border = s.kernel - 1 - s.padding;
    return fill_bordered(table, s.out_channels, out_height, out_width, border, gradient, planes);
  }
  for (std::size_t oc = 0; oc < s.out_channels; ++oc) {
    for (std::size_t oy = 0; oy < out_height; ++oy) {
      const std::size_t y = oy * s.stride + s.kernel - 1;
      if (y < s.padding || y - s.padding >= w.height) continue;
      const float* from = gradient + (oc * out_height + oy) * out_width;
      float* to = planes + (oc * w.height + y - s.padding) * w.width;
      for (std::size_t ox = 0; ox < out_width; ++ox) {
        const std::size_t x = ox * s.stride + s.kernel - 1;
        if (x >= s.padding && x - s.padding < w.width) to[x - s.padding] = from[ox];
      }
    }
  }
}

}  // namespace

void fill_bordered(const KernelTable& table, std::size_t channels, std::size_t height, std::size_t width,
                   std::size_t padding, const float* image, float* bordered) {
  const std::size_t row = width + 2 * padding;
  const std::size_t plane = (height + 2 * padding) * row;
  for (std::size_t c = 0; c < channels; ++c) {
    table.copy_rows(height, width, image + c * height * width, width, bordered + c * plane + padding * (row + 1), row);
  }
}

Convolution::Convolution(const KernelTable& table, const ConvShape& shape)
    : table_(table),
      shape_(shape),
      forward_(table, input_windows(shape), shape.out_channels),
      backward_(table, gradient_windows(shape), shape.channels) {}

std::size_t Convolution::packed() const {
  return Scratch::rounded(sliver_count(table_, shape_.out_channels) * table_.tile_rows * shape_.window());
}

std::size_t Convolution::packed_reversed() const {
  return Scratch::rounded(sliver_count(table_, shape_.channels) * table_.tile_rows * backward_.shape().terms());
}

std::size_t Convolution::scratch() const {
  return std::max(planes_floats(forward_) + Scratch::rounded(forward_.scratch()),
                  planes_floats(backward_) + Scratch::rounded(backward_.scratch()) + Scratch::rounded(shape_.channels));
}

void Convolution::pack(const float* weights, float* packed, unsigned thread, unsigned threads) const {
  const std::size_t terms = shape_.window();
  const Range mine = part_of(sliver_count(table_, shape_.out_channels), threads, thread);
  for (std::size_t i = mine.begin; i < mine.end; ++i) {
    pack_sliver(table_, sliver_of(table_, shape_.out_channels, i), terms, {weights, terms, 1},
                packed + i * table_.tile_rows * terms);
  }
}

/// Row c, term (oc, u, v) of the left matrix is w[oc][c][u][v].
void Convolution::pack_reversed(const float* weights, float* packed, unsigned thread, unsigned threads) const {
  const std::size_t area = shape_.kernel * shape_.kernel;
  const std::size_t sliver_floats = table_.tile_rows * shape_.out_channels * area;
  const Range mine = part_of(sliver_count(table_, shape_.channels), threads, thread);
  for (std::size_t i = mine.begin; i < mine.end; ++i) {
    const Sliver sliver = sliver_of(table_, shape_.channels, i);
    for (std::size_t oc = 0; oc < shape_.out_channels; ++oc) {
      const float* from = weights + (oc * shape_.channels + sliver.first) * area;
      float* to = packed + i * sliver_floats + oc * area * table_.tile_rows;
      table_.transpose(sliver.rows, area, from, area, to, table_.tile_rows);
    }
  }
}

void Convolution::forward(std::size_t count, const float* in, const float* packed, const float* bias, TileEnd end,
                          float* out, float* scratch) const {
  const bool has_border = shape_.padding > 0;
  Scratch pieces(scratch);
  float* bordered = pieces.take(has_border ? planes_floats(forward_) : 0);
  float* block = pieces.take(forward_.scratch());
  if (has_border) std::memset(bordered, 0, planes_floats(forward_) * sizeof(float));
  for (std::size_t n = 0; n < count; n += forward_.images()) {
    const std::size_t images = std::min(forward_.images(), count - n);
    const float* from = in + n * shape_.in_size();
    for (std::size_t i = 0; has_border && i < images; ++i) {
      fill_bordered(table_, shape_.channels, shape_.height, shape_.width, shape_.padding, from + i * shape_.in_size(),
                    bordered + i * forward_.shape().planes());
    }
    // Without a border images are read as they lie.
    forward_.apply(images, has_border ? bordered : from, packed, bias, end, out + n * shape_.out_size(),
                   shape_.out_size(), block);
  }
}

void Convolution::input_gradient(std::size_t count, const float* out_gradient, const float* packed_reversed,
                                 float* in_gradient, float* scratch) const {
  Scratch pieces(scratch);
  float* planes = pieces.take(planes_floats(backward_));
  float* block = pieces.take(backward_.scratch());
  float* zeros = pieces.take(shape_.channels);
  std::memset(planes, 0, planes_floats(backward_) * sizeof(float));
  std::fill_n(zeros, shape_.channels, 0.0F);
  for (std::size_t i = 0; i < count; ++i) {
    fill_dilated(table_, shape_, backward_.shape(), out_gradient + i * shape_.out_size(),
                 planes + i * backward_.shape().planes());
  }
  backward_.apply(count, planes, packed_reversed, zeros, TileEnd::kClosed, in_gradient, shape_.in_size(), block);
}

}  // namespace freezenet::kernels
