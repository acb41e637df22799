#pragma once

#include <algorithm>
#include <cstddef>

#include "training/kernels/parallel.h"
#include "training/kernels/path.h"
#include "training/kernels/table.h"

namespace freezenet::kernels {

/// The loops of a path; the path must be available.
const KernelTable& table_of(Path path);

/// What every operation that multiplies is given: whose loops, and on which threads.
struct Device {
  const KernelTable& table;
  Pool& pool;
};
/// A thread's part of some columns: whole pieces of a tile, which are the least that costs nothing in vain.
constexpr Range columns_of(const KernelTable& table, std::size_t cols, std::size_t threads, std::size_t thread) {
  const Range mine = part_of(pieces_of(cols, table.piece), threads, thread);
  return {std::min(cols, mine.begin * table.piece), std::min(cols, mine.end * table.piece)};
}

/// Hands out pieces of one buffer that the caller allocated before. Sizes are rounded up to a cache line, so that two
/// threads' pieces share none.
class Scratch {
 public:
  explicit Scratch(float* begin) : next_(begin) {}
  float* take(std::size_t floats) {
    float* piece = next_;
    next_ += rounded(floats);
    return piece;
  }
  static constexpr std::size_t rounded(std::size_t floats) { return pieces_of(floats, kLine) * kLine; }
  /// The same to an odd number of cache lines: rows that far apart do not compete for the same sets of the cache.
  static constexpr std::size_t odd_lines(std::size_t floats) { return (pieces_of(floats, kLine) | 1U) * kLine; }

 private:
  static constexpr std::size_t kLine = 16;  // floats
  float* next_;
};

}  // namespace freezenet::kernels
