#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "training/kernels/conv.h"
#include "training/kernels/device.h"

namespace freezenet::kernels {

/// The weight gradient of a convolution: weight_gradient[oc][c][u][v] = one chain over (n, oy, ox) of the whole batch;
/// and the bias gradient, the pairwise sum of the same list.
///
/// Nothing is unfolded: a tile's rows are the elements of one channel's window, read where they lie in the bordered
/// plane, and its columns output channels, for which the gradient is transposed some images at a time. Threads divide
/// the input channels, or the output channels where there are few of those; a chain is never divided.
///
/// Built once for a layer and a number of threads; immutable. Holds 8 bytes for each position of a chunk of images.
class ConvWeightGradient {
 public:
  ConvWeightGradient(const KernelTable& table, const ConvShape& shape, std::size_t batch, unsigned threads);

  /// Floats of scratch for one thread.
  [[nodiscard]] std::size_t scratch() const;
  /// A thread's part, for count <= batch images.
  void run(unsigned thread, std::size_t count, const float* in, const float* out_gradient, float* weight_gradient,
           float* bias_gradient, float* scratch) const;

 private:
  struct Part {
    Range channels, outs;
  };
  [[nodiscard]] Part part(unsigned thread) const;
  void accumulate(const Part& part, std::size_t depth, bool first, bool last, const float* planes, const float* columns,
                  float* sums) const;

  const KernelTable& table_;
  ConvShape shape_;
  std::size_t batch_;
  unsigned threads_;
  bool by_channels_;
  std::size_t images_;                               // of a chunk
  std::size_t plane_;                                // floats of a bordered plane
  std::size_t columns_row_;                          // distance between positions of the transposed gradient
  std::vector<std::uint32_t> plane_at_, column_at_;  // of each position of a chunk
};

}  // namespace freezenet::kernels
