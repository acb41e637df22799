#pragma once

#include <cstddef>

#include "training/kernels/device.h"

namespace freezenet::kernels {

/// For each channel of a batch of images the pairwise sum of its planes, one behind the other: the bias gradient of a
/// convolution. Image by image, while a plane is in the cache: the blocks of sum.h first, what they leave in the end.
class PlaneSums {
 public:
  /// For planes of `positions` values; takes what it needs from `pieces`.
  PlaneSums(const KernelTable& table, std::size_t positions, Range channels, std::size_t images, Scratch& pieces);
  static std::size_t scratch(std::size_t positions, std::size_t channels, std::size_t images);

  /// Each image and channel once, in any order.
  void add(std::size_t image, std::size_t channel, const float* plane);
  /// Writes sums[channel]. Uses up what was added.
  void finish(float* sums);

 private:
  [[nodiscard]] float* terms(std::size_t image, std::size_t channel) const {
    return terms_ + ((channel - channels_.begin) * images_ + image) * blocks_;
  }

  const KernelTable& table_;
  Range channels_;
  std::size_t images_;
  std::size_t block_, blocks_;  // values of a block, and blocks of a plane
  float* terms_;
  float* levels_;
};

}  // namespace freezenet::kernels
