#include <immintrin.h>

#include "training/kernels/loops.h"
#include "training/kernels/table.h"
#include "training/kernels/tile.h"

// Built with -mavx512f -mavx512bw and entered only where path.h says so. Nothing but intrinsics, table.h, tile.h and
// loops.h may be included here.

namespace freezenet::kernels {

namespace {

struct Simd {
  static constexpr int kLanes = 16;
  static constexpr int kRows = 12;  // 12 x 2 sums leave room for b, a and the addresses
  static constexpr bool kMasksAreFree = true;
  using Values = __m512;
  using Mask = __mmask16;
  static Mask first(std::size_t n) { return static_cast<Mask>(n >= 16 ? 0xFFFFU : (1U << n) - 1U); }
  static Values load(const float* p) { return _mm512_loadu_ps(p); }
  static Values load(const float* p, Mask mask) { return _mm512_maskz_loadu_ps(mask, p); }
  static void store(float* p, Values v) { _mm512_storeu_ps(p, v); }
  static void store(float* p, Mask mask, Values v) { _mm512_mask_storeu_ps(p, mask, v); }
  static Values all(float x) { return _mm512_set1_ps(x); }
  static Values add(Values x, Values y) { return _mm512_add_ps(x, y); }
  static Values fma(Values x, Values y, Values z) { return _mm512_fmadd_ps(x, y, z); }
  static Values positive(Values x) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), x);
  }
};

struct Lanes {
  alignas(64) std::int32_t at[16];
};

/// Lanes of two registers (16.. are the second's): of each pair of blocks of d lanes the one that begins at `first`.
template <int d>
constexpr Lanes lanes_of(int first) {
  Lanes lanes{};
  for (int i = 0; i < 16; ++i) lanes.at[i] = (i & ~(2 * d - 1)) + first + (i & (d - 1)) + ((i & d) != 0 ? 16 : 0);
  return lanes;
}

/// A step of transposing 16 x 16 values in registers: pairs of registers exchange halves of blocks of kDistance lanes.
template <int kDistance>
inline void exchange(__m512 (&rows)[16]) {
  static constexpr Lanes kLow = lanes_of<kDistance>(0);
  static constexpr Lanes kHigh = lanes_of<kDistance>(kDistance);
  for (int i = 0; i < 16; ++i) {
    if ((i & kDistance) != 0) continue;
    const __m512i x = _mm512_castps_si512(rows[i]);
    const __m512i y = _mm512_castps_si512(rows[i + kDistance]);
    const __m512i low = _mm512_load_si512(kLow.at);
    const __m512i high = _mm512_load_si512(kHigh.at);
    rows[i] = _mm512_castsi512_ps(_mm512_permutex2var_epi32(x, low, y));
    rows[i + kDistance] = _mm512_castsi512_ps(_mm512_permutex2var_epi32(x, high, y));
  }
}

void transpose(std::size_t rows, std::size_t cols, const float* from, std::size_t from_row, float* to,
               std::size_t to_row) {
  for (std::size_t r0 = 0; r0 < rows; r0 += 16) {
    const std::size_t height = rows - r0 < 16 ? rows - r0 : 16;
    const __mmask16 in_rows = Simd::first(height);
    for (std::size_t c0 = 0; c0 < cols; c0 += 16) {
      const std::size_t width = cols - c0 < 16 ? cols - c0 : 16;
      const __mmask16 in_cols = Simd::first(width);
      __m512 block[16];
      for (std::size_t r = 0; r < 16; ++r) {
        // Sixteen rows are more streams than a processor follows by itself.
        if (r < height) _mm_prefetch(reinterpret_cast<const char*>(from + (r0 + r) * from_row + c0 + 32), _MM_HINT_T0);
        block[r] = _mm512_maskz_loadu_ps(r < height ? in_cols : __mmask16{0},
                                         from + (r0 + (r < height ? r : 0)) * from_row + c0);
      }
      exchange<8>(block);
      exchange<4>(block);
      exchange<2>(block);
      exchange<1>(block);
      for (std::size_t c = 0; c < width; ++c) _mm512_mask_storeu_ps(to + (c0 + c) * to_row + r0, in_rows, block[c]);
    }
  }
}

std::size_t gather_nonzero(std::size_t count, const float* values, const std::uint32_t* offsets, float* found,
                           std::uint32_t* found_at) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < count; i += 16) {
    const __mmask16 in = Simd::first(count - i);
    const __m512 v = _mm512_maskz_loadu_ps(in, values + i);
    const __mmask16 kept = _mm512_mask_cmp_ps_mask(in, v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    const __m512i at = _mm512_maskz_loadu_epi32(in, offsets + i);
    // Packed in a register and stored up to its end: a store that packs is many times slower on some processors.
    const auto kept_count = static_cast<std::size_t>(__builtin_popcount(kept));
    const __mmask16 out = Simd::first(kept_count);
    _mm512_mask_storeu_ps(found + n, out, _mm512_maskz_compress_ps(kept, v));
    _mm512_mask_storeu_epi32(found_at + n, out, _mm512_maskz_compress_epi32(kept, at));
    n += kept_count;
  }
  return n;
}

}  // namespace

const KernelTable kAvx512Table = {Simd::kRows,
                                  Simd::kLanes,
                                  tile<Simd>,
                                  gather_row<Simd>,
                                  scatter_row<Simd>,
                                  update,
                                  copy_rows,
                                  pack_pieces<Simd::kLanes>,
                                  transpose,
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
                                  gather_nonzero,
                                  largest_magnitude};

}  // namespace freezenet::kernels
