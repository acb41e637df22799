#include "training/kernels/sparse_conv.h"

#include <algorithm>
#include <cstring>

#include "training/kernels/finite.h"
#include "training/kernels/plane_sums.h"

namespace freezenet::kernels {

namespace {

// Measured on kernels of 3 x 3 with 32 and 64 channels: a term that is added costs as much as a dense one where sums
// stay in registers, and somewhat more than twice as much where they go to memory and back.
constexpr double kMostForWeights = 0.5;
constexpr double kMostForInput = 0.35;

}  // namespace

SparseConvGradient::SparseConvGradient(const KernelTable& table, const ConvShape& shape, unsigned threads)
    : table_(table), shape_(shape), threads_(threads) {
  for (std::size_t y = 0; y < shape.out_height(); ++y) {
    for (std::size_t x = 0; x < shape.out_width(); ++x) {
      at_.push_back(static_cast<std::uint32_t>((y * shape.stride * width() + x * shape.stride) * shape.channels));
    }
  }
}

std::size_t SparseConvGradient::scratch(std::size_t batch) const {
  const std::size_t positions = shape_.out_positions();
  return Scratch::rounded(bordered()) + Scratch::rounded(shape_.out_channels * shape_.window()) +
         2 * Scratch::rounded(positions) + PlaneSums::scratch(positions, shape_.out_channels, batch);
}

std::size_t SparseConvGradient::packed() const { return Scratch::rounded(shape_.out_channels * shape_.window()); }

double SparseConvGradient::density(const float* out_gradient) const {
  // Of one channel in eight.
  const std::size_t count = pieces_of(shape_.out_channels, 8) * shape_.out_positions();
  return static_cast<double>(table_.count_nonzero(count, out_gradient)) / static_cast<double>(count);
}

bool SparseConvGradient::pays_for_weights(const float* out_gradient) const {
  return shape_.channels >= table_.piece && density(out_gradient) < kMostForWeights;
}

bool SparseConvGradient::pays_for_input(const float* out_gradient) const {
  return shape_.channels >= table_.piece && density(out_gradient) < kMostForInput;
}

void SparseConvGradient::weight_gradient(unsigned thread, std::size_t count, const float* in, const float* out_gradient,
                                         float* weight_gradient, float* bias_gradient, float* scratch) const {
  const Range outs = part_of(shape_.out_channels, threads_, thread);
  const std::size_t positions = shape_.out_positions();
  const std::size_t area = shape_.kernel * shape_.kernel;
  const std::size_t row = shape_.kernel * shape_.channels;
  Scratch pieces(scratch);
  float* image = pieces.take(bordered());
  float* sums = pieces.take(shape_.out_channels * shape_.window());  // (out channel, u, v, channel)
  float* values = pieces.take(positions);
  auto* at = reinterpret_cast<std::uint32_t*>(pieces.take(positions));
  PlaneSums bias(table_, positions, outs, count, pieces);
  std::memset(image, 0, bordered() * sizeof(float));
  std::memset(sums, 0, (outs.end - outs.begin) * shape_.window() * sizeof(float));
  for (std::size_t n = 0; n < count; ++n) {
    const float* from = in + n * shape_.in_size();
    const bool finite = all_finite(table_, shape_.in_size(), from);
    for (std::size_t y = 0; y < shape_.height; ++y) {
      table_.transpose(shape_.channels, shape_.width, from + y * shape_.width, shape_.height * shape_.width,
                       image + ((y + shape_.padding) * width() + shape_.padding) * shape_.channels, shape_.channels);
    }
    for (std::size_t oc = outs.begin; oc < outs.end; ++oc) {
      const float* gradient = out_gradient + n * shape_.out_size() + oc * positions;
      bias.add(n, oc, gradient);
      SparseRow terms{.terms = positions,
                      .at = at_.data(),
                      .values = gradient,
                      .cols = row,
                      .row = image,
                      .out = sums + (oc - outs.begin) * shape_.window()};
      if (finite) {
        terms.terms = table_.gather_nonzero(positions, gradient, at_.data(), values, at);
        terms.at = at;
        terms.values = values;
      }
      for (std::size_t u = 0; u < shape_.kernel; ++u) {
        table_.gather_row(terms);
        terms.row += width() * shape_.channels;
        terms.out += row;
      }
    }
  }
  for (std::size_t oc = outs.begin; oc < outs.end; ++oc) {
    float* sum = sums + (oc - outs.begin) * shape_.window();
    table_.close(shape_.window(), sum);
    table_.transpose(area, shape_.channels, sum, shape_.channels, weight_gradient + oc * shape_.window(), area);
  }
  bias.finish(bias_gradient);
}

void SparseConvGradient::pack(const float* weights, float* packed, unsigned thread, unsigned threads) const {
  const std::size_t area = shape_.kernel * shape_.kernel;
  const Range outs = part_of(shape_.out_channels, threads, thread);
  for (std::size_t oc = outs.begin; oc < outs.end; ++oc) {
    table_.transpose(shape_.channels, area, weights + oc * shape_.window(), area, packed + oc * shape_.window(),
                     shape_.channels);
  }
}

/// For a place of the input the terms of one output channel ascend in (u, v) where its outputs descend in (y, x).
void SparseConvGradient::input_gradient(const float* out_gradient, const float* packed, float* in_gradient,
                                        float* scratch) const {
  const std::size_t positions = shape_.out_positions();
  const std::size_t row = shape_.kernel * shape_.channels;
  Scratch pieces(scratch);
  float* image = pieces.take(bordered());
  float* values = pieces.take(positions);
  auto* at = reinterpret_cast<std::uint32_t*>(pieces.take(positions));
  std::memset(image, 0, bordered() * sizeof(float));
  for (std::size_t oc = 0; oc < shape_.out_channels; ++oc) {
    const std::size_t terms = table_.gather_nonzero(positions, out_gradient + oc * positions, at_.data(), values, at);
    std::reverse(values, values + terms);
    std::reverse(at, at + terms);
    for (std::size_t u = 0; u < shape_.kernel; ++u) {
      table_.scatter_row({.terms = terms,
                          .at = at,
                          .values = values,
                          .cols = row,
                          .row = packed + oc * shape_.window() + u * row,
                          .out = image + u * width() * shape_.channels});
    }
  }
  table_.close(bordered(), image);
  for (std::size_t y = 0; y < shape_.height; ++y) {
    table_.transpose(shape_.width, shape_.channels,
                     image + ((y + shape_.padding) * width() + shape_.padding) * shape_.channels, shape_.channels,
                     in_gradient + y * shape_.width, shape_.height * shape_.width);
  }
}

}  // namespace freezenet::kernels
