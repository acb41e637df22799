#include "training/kernels/conv.h"

#include <algorithm>
#include <cstring>

#include "training/kernels/gemm.h"
#include "training/kernels/unfold.h"

namespace freezenet::kernels {

namespace {

Windows input_windows(const ConvShape& s) {
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
Windows gradient_windows(const ConvShape& s) {
  return {.channels = s.out_channels,
          .height = s.height + s.kernel - 1,
          .width = s.width + s.kernel - 1,
          .kernel = s.kernel,
          .stride = 1,
          .out_height = s.height,
          .out_width = s.width,
          .flipped = true};
}

/// Pieces for each thread: bordered planes and a block of windows.
std::size_t windows_floats(const Windows& w) {
  return Scratch::rounded(w.planes_floats()) + Scratch::rounded(w.block_floats());
}

void fill_bordered(const ConvShape& s, const Windows& w, const float* image, float* planes) {
  for (std::size_t c = 0; c < s.channels; ++c) {
    for (std::size_t y = 0; y < s.height; ++y) {
      std::memcpy(planes + (c * w.height + y + s.padding) * w.width + s.padding, image + (c * s.height + y) * s.width,
                  s.width * sizeof(float));
    }
  }
}

/// Output (oy, ox) goes to oy * stride + kernel - 1 - padding. With a padding wider than the kernel some outputs saw
/// nothing but padding: they have no place here and no input to give a gradient to.
void fill_dilated(const ConvShape& s, const Windows& w, const float* gradient, float* planes) {
  const std::size_t out_height = s.out_height(), out_width = s.out_width();
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

std::size_t conv_scratch(const ConvShape& s, std::size_t count, unsigned threads) {
  const std::size_t forward = threads * windows_floats(input_windows(s));
  const std::size_t weights = Scratch::rounded(s.out_channels * s.window());
  const std::size_t input_gradient = weights + threads * windows_floats(gradient_windows(s));
  const std::size_t weight_gradient =
      weights + Scratch::rounded(count * s.out_channels * s.out_height() * s.out_width()) + forward;
  return std::max(input_gradient, weight_gradient);
}

void conv_forward(const Device& device, const ConvShape& s, std::size_t count, const float* in, const float* weights,
                  const float* bias, float* out, float* scratch) {
  const Windows w = input_windows(s);
  const std::size_t positions = w.out_height * w.out_width;
  device.pool.run([&](unsigned thread) {
    Scratch pieces(scratch + thread * windows_floats(w));
    float* planes = pieces.take(w.planes_floats());
    float* block = pieces.take(w.block_floats());
    std::memset(planes, 0, w.planes_floats() * sizeof(float));
    const Range images = part_of(count, device.pool.threads(), thread);
    for (std::size_t n = images.begin; n < images.end; ++n) {
      float* image_out = out + n * s.out_channels * positions;
      for (std::size_t oc = 0; oc < s.out_channels; ++oc) std::fill_n(image_out + oc * positions, positions, bias[oc]);
      fill_bordered(s, w, in + n * s.channels * s.height * s.width, planes);
      for (std::size_t y = 0; y < w.out_height; y += w.block_height()) {
        const std::size_t y_end = std::min(w.out_height, y + w.block_height());
        unfold(w, planes, 0, w.rows(), y, y_end, block);
        gemm(device.table, s.out_channels, (y_end - y) * w.out_width, w.rows(), {weights, w.rows(), 1},
             {block, w.stride_of_rows()}, image_out + y * w.out_width, positions, GemmChain::kFromOut);
      }
    }
  });
}

void conv_input_gradient(const Device& device, const ConvShape& s, std::size_t count, const float* out_gradient,
                         const float* weights, float* in_gradient, float* scratch) {
  const Windows w = gradient_windows(s);
  const std::size_t area = s.kernel * s.kernel;
  const std::size_t positions = s.height * s.width;
  Scratch shared(scratch);
  float* by_input = shared.take(s.out_channels * s.window());  // weights as (c, oc, ky, kx)
  for (std::size_t oc = 0; oc < s.out_channels; ++oc) {
    for (std::size_t c = 0; c < s.channels; ++c) {
      std::memcpy(by_input + (c * s.out_channels + oc) * area, weights + (oc * s.channels + c) * area,
                  area * sizeof(float));
    }
  }
  float* private_pieces = shared.take(0);
  device.pool.run([&](unsigned thread) {
    Scratch pieces(private_pieces + thread * windows_floats(w));
    float* planes = pieces.take(w.planes_floats());
    float* block = pieces.take(w.block_floats());
    std::memset(planes, 0, w.planes_floats() * sizeof(float));
    const Range images = part_of(count, device.pool.threads(), thread);
    for (std::size_t n = images.begin; n < images.end; ++n) {
      fill_dilated(s, w, out_gradient + n * s.out_channels * s.out_height() * s.out_width(), planes);
      for (std::size_t y = 0; y < w.out_height; y += w.block_height()) {
        const std::size_t y_end = std::min(w.out_height, y + w.block_height());
        unfold(w, planes, 0, w.rows(), y, y_end, block);
        gemm(device.table, s.channels, (y_end - y) * w.out_width, w.rows(), {by_input, w.rows(), 1},
             {block, w.stride_of_rows()}, in_gradient + n * s.channels * positions + y * w.out_width, positions,
             GemmChain::kWhole);
      }
    }
  });
}

void conv_weight_gradient(const Device& device, const ConvShape& s, std::size_t count, const float* in,
                          const float* out_gradient, float* weight_gradient, float* scratch) {
  const Windows w = input_windows(s);
  const std::size_t positions = w.out_height * w.out_width;
  Scratch shared(scratch);
  float* by_window = shared.take(s.out_channels * s.window());           // the result as (c, ky, kx, oc)
  float* by_position = shared.take(count * s.out_channels * positions);  // the gradient as (n, position, oc)
  float* private_pieces = shared.take(0);
  device.pool.run([&](unsigned thread) {
    const Range images = part_of(count, device.pool.threads(), thread);
    for (std::size_t n = images.begin; n < images.end; ++n) {
      transpose(s.out_channels, positions, out_gradient + n * s.out_channels * positions, positions,
                by_position + n * s.out_channels * positions, s.out_channels);
    }
  });
  device.pool.run([&](unsigned thread) {
    Scratch pieces(private_pieces + thread * windows_floats(w));
    float* planes = pieces.take(w.planes_floats());
    float* block = pieces.take(w.block_floats());
    std::memset(planes, 0, w.planes_floats() * sizeof(float));
    const Range rows = part_of(w.rows(), device.pool.threads(), thread);
    float* sums = by_window + rows.begin * s.out_channels;
    std::fill_n(sums, (rows.end - rows.begin) * s.out_channels, 0.0F);
    for (std::size_t n = 0; n < count; ++n) {
      fill_bordered(s, w, in + n * s.channels * s.height * s.width, planes);
      for (std::size_t y = 0; y < w.out_height; y += w.block_height()) {
        const std::size_t y_end = std::min(w.out_height, y + w.block_height());
        unfold(w, planes, rows.begin, rows.end, y, y_end, block);
        gemm(device.table, rows.end - rows.begin, s.out_channels, (y_end - y) * w.out_width,
             {block, w.stride_of_rows(), 1},
             {by_position + (n * positions + y * w.out_width) * s.out_channels, s.out_channels}, sums, s.out_channels,
             GemmChain::kContinue);
      }
    }
  });
  transpose(w.rows(), s.out_channels, by_window, s.out_channels, weight_gradient, w.rows());
}

}  // namespace freezenet::kernels
