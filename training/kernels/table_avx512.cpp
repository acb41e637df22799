#include <immintrin.h>

#include "training/kernels/table.h"

// Built with -mavx512f and entered only where path.h says so. Nothing but intrinsics and table.h may be included here.

namespace freezenet::kernels {

namespace {

constexpr int kRows = 12;
constexpr int kCols = 32;  // two registers; 12 x 2 sums leave room for b and for the row addresses

/// The first n of 16 lanes.
inline __mmask16 first_lanes(std::size_t n) { return static_cast<__mmask16>(n >= 16 ? 0xFFFFU : (1U << n) - 1U); }

/// The sums of R rows of a tile. A recursion instead of an array: compilers keep an array that a loop runs over in
/// memory. kWide: more than 16 columns; a narrow tile leaves the second register alone.
template <int R, bool kWide>
struct Sums {
  __m512 low, high;
  Sums<R - 1, kWide> next;

  void begin(const TileArguments& t, const float* out, __mmask16 mask0, __mmask16 mask1) {
    low = t.start ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask0, out);
    if constexpr (kWide) high = t.start ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask1, out + 16);
    next.begin(t, out + t.out_row, mask0, mask1);
  }
  [[gnu::always_inline]] void add(const float* a, std::size_t a_row, __m512 b0, __m512 b1) {
    const __m512 x = _mm512_set1_ps(*a);
    low = _mm512_fmadd_ps(x, b0, low);
    if constexpr (kWide) high = _mm512_fmadd_ps(x, b1, high);
    next.add(a + a_row, a_row, b0, b1);
  }
  void end(const TileArguments& t, float* out, __mmask16 mask0, __mmask16 mask1) const {
    const __m512 zero = _mm512_setzero_ps();
    _mm512_mask_storeu_ps(out, mask0, t.finish ? _mm512_add_ps(low, zero) : low);
    if constexpr (kWide) _mm512_mask_storeu_ps(out + 16, mask1, t.finish ? _mm512_add_ps(high, zero) : high);
    next.end(t, out + t.out_row, mask0, mask1);
  }
};

template <bool kWide>
struct Sums<0, kWide> {
  void begin(const TileArguments&, const float*, __mmask16, __mmask16) {}
  void add(const float*, std::size_t, __m512, __m512) {}
  void end(const TileArguments&, float*, __mmask16, __mmask16) const {}
};

template <int R, bool kWide>
void tile_of(const TileArguments& t) {
  const __mmask16 mask0 = first_lanes(t.cols);
  const __mmask16 mask1 = first_lanes(t.cols > 16 ? t.cols - 16 : 0);
  Sums<R, kWide> sums;
  sums.begin(t, t.out, mask0, mask1);
  const float* a = t.a;
  const float* b = t.b;
  const std::size_t a_row = t.a_row, a_k = t.a_k, b_k = t.b_k;
  for (std::size_t k = t.depth; k > 0; --k, a += a_k, b += b_k) {
    const __m512 b0 = _mm512_maskz_loadu_ps(mask0, b);
    if constexpr (kWide) {
      sums.add(a, a_row, b0, _mm512_maskz_loadu_ps(mask1, b + 16));
    } else {
      sums.add(a, a_row, b0, b0);
    }
  }
  sums.end(t, t.out, mask0, mask1);
}

using Tile = void (*)(const TileArguments&);
constexpr Tile kWideTiles[kRows] = {tile_of<1, true>, tile_of<2, true>,  tile_of<3, true>,  tile_of<4, true>,
                                    tile_of<5, true>, tile_of<6, true>,  tile_of<7, true>,  tile_of<8, true>,
                                    tile_of<9, true>, tile_of<10, true>, tile_of<11, true>, tile_of<12, true>};
constexpr Tile kNarrowTiles[kRows] = {tile_of<1, false>, tile_of<2, false>,  tile_of<3, false>,  tile_of<4, false>,
                                      tile_of<5, false>, tile_of<6, false>,  tile_of<7, false>,  tile_of<8, false>,
                                      tile_of<9, false>, tile_of<10, false>, tile_of<11, false>, tile_of<12, false>};

void tile(const TileArguments& t) { (t.cols > 16 ? kWideTiles : kNarrowTiles)[t.rows - 1](t); }

std::uint32_t update(const UpdateArguments& u) {
  const __m512 zero = _mm512_setzero_ps();
  const __m512 decay = _mm512_set1_ps(u.weight_decay);
  const __m512 factor = _mm512_set1_ps(u.momentum_factor);
  const __m512 step = _mm512_set1_ps(-u.rate);
  const __m512i magnitude = _mm512_set1_epi32(0x7FFFFFFF);
  __m512i largest = _mm512_setzero_si512();
  for (std::size_t i = 0; i < u.count; i += 16) {
    const __mmask16 in = first_lanes(u.count - i);
    __mmask16 moves = in;
    if (u.frozen != nullptr) {
      alignas(16) std::uint8_t flags[16] = {};
      if (i + 16 <= u.count) {
        __builtin_memcpy(flags, u.frozen + i, 16);
      } else {
        for (std::size_t j = 0; i + j < u.count; ++j) flags[j] = u.frozen[i + j];
      }
      const __m512i wide = _mm512_maskz_cvtepu8_epi32(in, _mm_load_si128(reinterpret_cast<const __m128i*>(flags)));
      moves = _mm512_mask_cmpeq_epi32_mask(in, wide, _mm512_setzero_si512());
    }
    const __m512 w = _mm512_maskz_loadu_ps(in, u.weights + i);
    __m512 m = _mm512_maskz_loadu_ps(in, u.momentum + i);
    __m512 g = _mm512_maskz_loadu_ps(in, u.gradients + i);
    g = _mm512_add_ps(_mm512_fmadd_ps(decay, w, g), zero);
    m = _mm512_add_ps(_mm512_fmadd_ps(factor, m, g), zero);
    const __m512 moved = _mm512_add_ps(_mm512_fmadd_ps(step, m, w), zero);
    _mm512_mask_storeu_ps(u.momentum + i, moves, m);
    _mm512_mask_storeu_ps(u.weights + i, moves, moved);
    const __m512 kept = _mm512_mask_blend_ps(moves, w, moved);
    largest = _mm512_mask_max_epu32(largest, in, largest, _mm512_and_si512(_mm512_castps_si512(kept), magnitude));
  }
  alignas(64) std::uint32_t lanes[16];
  _mm512_store_si512(lanes, largest);
  std::uint32_t result = 0;
  for (std::uint32_t lane : lanes) {
    if (lane > result) result = lane;
  }
  return result;
}

}  // namespace

const KernelTable kAvx512Table = {kRows, kCols, tile, update};

}  // namespace freezenet::kernels
