#include <immintrin.h>

#include "training/kernels/table.h"

// Built with -mavx2 -mfma and entered only where path.h says so. Nothing but intrinsics and table.h may be included
// here.

namespace freezenet::kernels {

namespace {

constexpr int kRows = 6;
constexpr int kCols = 16;  // two registers; 6 x 2 sums, 2 of b and 1 of a fill 15 of the 16 registers

alignas(32) constexpr std::int32_t kLaneMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

/// The first n of 8 lanes.
inline __m256i first_lanes(std::size_t n) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMasks + 8 - (n < 8 ? n : 8)));
}

template <bool kFull>
inline __m256 load(const float* p, __m256i mask) {
  if constexpr (kFull) return _mm256_loadu_ps(p);
  return _mm256_maskload_ps(p, mask);
}

template <bool kFull>
inline void store(float* p, __m256i mask, __m256 v) {
  if constexpr (kFull) {
    _mm256_storeu_ps(p, v);
  } else {
    _mm256_maskstore_ps(p, mask, v);
  }
}

/// The sums of R rows of a tile. A recursion instead of an array: compilers keep an array that a loop runs over in
/// memory.
template <int R, bool kFull>
struct Sums {
  __m256 low, high;
  Sums<R - 1, kFull> next;

  void begin(const TileArguments& t, const float* out, __m256i mask0, __m256i mask1) {
    low = t.start ? _mm256_setzero_ps() : load<kFull>(out, mask0);
    high = t.start ? _mm256_setzero_ps() : load<kFull>(out + 8, mask1);
    next.begin(t, out + t.out_row, mask0, mask1);
  }
  [[gnu::always_inline]] void add(const float* a, std::size_t a_row, __m256 b0, __m256 b1) {
    const __m256 x = _mm256_broadcast_ss(a);
    low = _mm256_fmadd_ps(x, b0, low);
    high = _mm256_fmadd_ps(x, b1, high);
    next.add(a + a_row, a_row, b0, b1);
  }
  void end(const TileArguments& t, float* out, __m256i mask0, __m256i mask1) const {
    const __m256 zero = _mm256_setzero_ps();
    store<kFull>(out, mask0, t.finish ? _mm256_add_ps(low, zero) : low);
    store<kFull>(out + 8, mask1, t.finish ? _mm256_add_ps(high, zero) : high);
    next.end(t, out + t.out_row, mask0, mask1);
  }
};

template <bool kFull>
struct Sums<0, kFull> {
  void begin(const TileArguments&, const float*, __m256i, __m256i) {}
  void add(const float*, std::size_t, __m256, __m256) {}
  void end(const TileArguments&, float*, __m256i, __m256i) const {}
};

template <int R, bool kFull>
void tile_of(const TileArguments& t) {
  const __m256i mask0 = first_lanes(t.cols);
  const __m256i mask1 = first_lanes(t.cols > 8 ? t.cols - 8 : 0);
  Sums<R, kFull> sums;
  sums.begin(t, t.out, mask0, mask1);
  const float* a = t.a;
  const float* b = t.b;
  const std::size_t a_row = t.a_row, a_k = t.a_k, b_k = t.b_k;
  for (std::size_t k = t.depth; k > 0; --k, a += a_k, b += b_k) {
    sums.add(a, a_row, load<kFull>(b, mask0), load<kFull>(b + 8, mask1));
  }
  sums.end(t, t.out, mask0, mask1);
}

using Tile = void (*)(const TileArguments&);
constexpr Tile kFullTiles[kRows] = {tile_of<1, true>, tile_of<2, true>, tile_of<3, true>,
                                    tile_of<4, true>, tile_of<5, true>, tile_of<6, true>};
constexpr Tile kPartTiles[kRows] = {tile_of<1, false>, tile_of<2, false>, tile_of<3, false>,
                                    tile_of<4, false>, tile_of<5, false>, tile_of<6, false>};

void tile(const TileArguments& t) { (t.cols == kCols ? kFullTiles : kPartTiles)[t.rows - 1](t); }

std::uint32_t update(const UpdateArguments& u) {
  const __m256 zero = _mm256_setzero_ps();
  const __m256 decay = _mm256_set1_ps(u.weight_decay);
  const __m256 factor = _mm256_set1_ps(u.momentum_factor);
  const __m256 step = _mm256_set1_ps(-u.rate);
  const __m256i magnitude = _mm256_set1_epi32(0x7FFFFFFF);
  __m256i largest = _mm256_setzero_si256();
  for (std::size_t i = 0; i < u.count; i += 8) {
    const __m256i in = first_lanes(u.count - i);
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

const KernelTable kAvx2Table = {kRows, kCols, tile, update};

}  // namespace freezenet::kernels
