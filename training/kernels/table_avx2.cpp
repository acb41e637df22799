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

std::uint32_t update(const UpdateArguments& u) {
  const __m256 zero = _mm256_setzero_ps();
  const __m256 decay = _mm256_set1_ps(u.weight_decay);
  const __m256 factor = _mm256_set1_ps(u.momentum_factor);
  const __m256 step = _mm256_set1_ps(-u.rate);
  const __m256i magnitude = _mm256_set1_epi32(0x7FFFFFFF);
  __m256i largest = _mm256_setzero_si256();
  for (std::size_t i = 0; i < u.count; i += 8) {
    const __m256i in = Simd::first(u.count - i);
    __m256i moves = in;
    if (u.frozen != nullptr) {
      alignas(8) std::uint8_t flags[8] = {};
      if (i + 8 <= u.count) {
        __builtin_memcpy(flags, u.frozen + i, 8);
      } else {
        for (std::size_t j = 0; i + j < u.count; ++j) flags[j] = u.frozen[i + j];
      }
      const __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(flags)));
      moves = _mm256_and_si256(in, _mm256_cmpeq_epi32(wide, _mm256_setzero_si256()));
    }
    __m256 w = _mm256_maskload_ps(u.weights + i, in);
    __m256 m = _mm256_maskload_ps(u.momentum + i, in);
    __m256 g = _mm256_maskload_ps(u.gradients + i, in);
    g = _mm256_add_ps(_mm256_fmadd_ps(decay, w, g), zero);
    m = _mm256_add_ps(_mm256_fmadd_ps(factor, m, g), zero);
    const __m256 moved = _mm256_add_ps(_mm256_fmadd_ps(step, m, w), zero);
    _mm256_maskstore_ps(u.momentum + i, moves, m);
    _mm256_maskstore_ps(u.weights + i, moves, moved);
    w = _mm256_blendv_ps(w, moved, _mm256_castsi256_ps(moves));
    largest = _mm256_max_epi32(largest, _mm256_and_si256(_mm256_castps_si256(w), magnitude));
  }
  alignas(32) std::uint32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), largest);
  std::uint32_t result = 0;
  for (std::uint32_t lane : lanes) {
    if (lane > result) result = lane;
  }
  return result;
}

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
