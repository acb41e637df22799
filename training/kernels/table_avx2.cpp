#include <immintrin.h>

#include "training/kernels/loops.h"
#include "training/kernels/table.h"
#include "training/kernels/tile.h"

// Built with -mavx2 -mfma and entered only where path.h says so. Nothing but intrinsics, table.h, tile.h and loops.h
// may be included here.

namespace freezenet::kernels {

namespace {

alignas(32) constexpr std::int32_t kLaneMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

struct Simd {
  static constexpr int kLanes = 8;
  static constexpr int kRows = 6;  // 6 x 2 sums, 2 of b and 1 of a fill 15 of the 16 registers
  static constexpr bool kMasksAreFree = false;
  using Values = __m256;
  using Mask = __m256i;
  static Mask first(std::size_t n) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMasks + 8 - (n < 8 ? n : 8)));
  }
  static Values load(const float* p) { return _mm256_loadu_ps(p); }
  static Values load(const float* p, Mask mask) { return _mm256_maskload_ps(p, mask); }
  static void store(float* p, Values v) { _mm256_storeu_ps(p, v); }
  static void store(float* p, Mask mask, Values v) { _mm256_maskstore_ps(p, mask, v); }
  static Values all(float x) { return _mm256_set1_ps(x); }
  static Values add(Values x, Values y) { return _mm256_add_ps(x, y); }
  static Values fma(Values x, Values y, Values z) { return _mm256_fmadd_ps(x, y, z); }
  /// maxps gives its second operand for equal ones and for NaN.
  static Values positive(Values x) { return _mm256_max_ps(x, _mm256_setzero_ps()); }
};

}  // namespace

const KernelTable kAvx2Table = {Simd::kRows,
                                Simd::kLanes,
                                tile<Simd>,
                                gather_row<Simd>,
                                scatter_row<Simd>,
                                update,
                                copy_rows,
                                pack_pieces<Simd::kLanes>,
                                transpose_blocks<Simd::kLanes>,
                                relu,
                                gate,
                                pairwise_blocks,
                                norm_forward,
                                norm_backward,
                                max_pool_2x2,
                                max_pool_2x2_backward,
                                add,
                                close,
                                count_nonzero,
                                gather_nonzero<>,
                                largest_magnitude};

}  // namespace freezenet::kernels
