#include "training/kernels/plane_sums.h"

#include "training/kernels/sum.h"

namespace freezenet::kernels {

PlaneSums::PlaneSums(const KernelTable& table, std::size_t positions, Range channels, std::size_t images,
                     Scratch& pieces)
    : table_(table),
      channels_(channels),
      images_(images),
      block_(pairwise_block(positions)),
      blocks_(positions / block_),
      terms_(pieces.take((channels.end - channels.begin) * images * blocks_)),
      levels_(pieces.take(positions)) {}

std::size_t PlaneSums::scratch(std::size_t positions, std::size_t channels, std::size_t images) {
  return Scratch::rounded(channels * images * (positions / pairwise_block(positions))) + Scratch::rounded(positions);
}

void PlaneSums::add(std::size_t image, std::size_t channel, const float* plane) {
  table_.pairwise_blocks(blocks_, block_, plane, terms(image, channel), levels_);
}

void PlaneSums::finish(float* sums) {
  for (std::size_t c = channels_.begin; c < channels_.end; ++c)
    sums[c] = pairwise_sum({terms(0, c), images_ * blocks_});
}

}  // namespace freezenet::kernels
