#include <arm_neon.h>

#include "training/kernels/table.h"

// Advanced SIMD belongs to every 64-bit ARM processor that runs Linux: no flags, no question at run time.
// Still nothing but intrinsics and table.h is included here, as in the other files of this kind.

namespace freezenet::kernels {

namespace {

constexpr int kRows = 5;   // with 6 g++ 12, which loads a column of a ahead, runs out of registers
constexpr int kCols = 16;  // four registers; 5 x 4 sums, 4 of b and 5 of a fill 29 of the 32

/// Lanes 0..n-1 from memory, zeros behind them; n in 1..3. There is no masked load here, and what lies behind the
/// columns is not ours to read.
inline float32x4_t load_first(const float* p, std::size_t n) {
  float32x4_t v = vsetq_lane_f32(*p, vdupq_n_f32(0.0F), 0);
  if (n > 1) v = vsetq_lane_f32(p[1], v, 1);
  if (n > 2) v = vsetq_lane_f32(p[2], v, 2);
  return v;
}

inline void store_first(float* p, std::size_t n, float32x4_t v) {
  *p = vgetq_lane_f32(v, 0);
  if (n > 1) p[1] = vgetq_lane_f32(v, 1);
  if (n > 2) p[2] = vgetq_lane_f32(v, 2);
}

/// V registers, four columns each: of b, or of one row's sums. kFull: the last one has all four, else `last` of them. A
/// recursion instead of an array: compilers keep an array that a loop runs over in memory.
template <int V, bool kFull>
struct Columns {
  float32x4_t head;
  Columns<V - 1, kFull> tail;

  [[gnu::always_inline]] void load(const float* p, std::size_t last) {
    if constexpr (V > 1 || kFull) {
      head = vld1q_f32(p);
    } else {
      head = load_first(p, last);
    }
    tail.load(p + 4, last);
  }
  [[gnu::always_inline]] void store(float* p, std::size_t last, bool finish) const {
    const float32x4_t v = finish ? vaddq_f32(head, vdupq_n_f32(0.0F)) : head;
    if constexpr (V > 1 || kFull) {
      vst1q_f32(p, v);
    } else {
      store_first(p, last, v);
    }
    tail.store(p + 4, last, finish);
  }
  [[gnu::always_inline]] void clear() {
    head = vdupq_n_f32(0.0F);
    tail.clear();
  }
  [[gnu::always_inline]] void add(float32x4_t x, const Columns& b) {
    head = vfmaq_f32(head, x, b.head);
    tail.add(x, b.tail);
  }
};

template <bool kFull>
struct Columns<0, kFull> {
  void load(const float*, std::size_t) {}
  void store(float*, std::size_t, bool) const {}
  void clear() {}
  void add(float32x4_t, const Columns&) {}
};

/// The sums of R rows of a tile.
template <int R, int V, bool kFull>
struct Sums {
  Columns<V, kFull> row;
  Sums<R - 1, V, kFull> next;

  [[gnu::always_inline]] void begin(const TileArguments& t, const float* out, std::size_t last) {
    if (t.start) {
      row.clear();
    } else {
      row.load(out, last);
    }
    next.begin(t, out + t.out_row, last);
  }
  [[gnu::always_inline]] void add(const float* a, std::size_t a_row, const Columns<V, kFull>& b) {
    row.add(vdupq_n_f32(*a), b);
    next.add(a + a_row, a_row, b);
  }
  [[gnu::always_inline]] void end(const TileArguments& t, float* out, std::size_t last) const {
    row.store(out, last, t.finish);
    next.end(t, out + t.out_row, last);
  }
};

template <int V, bool kFull>
struct Sums<0, V, kFull> {
  void begin(const TileArguments&, const float*, std::size_t) {}
  void add(const float*, std::size_t, const Columns<V, kFull>&) {}
  void end(const TileArguments&, float*, std::size_t) const {}
};

template <int R, int V, bool kFull>
void tile_of(const TileArguments& t) {
  const std::size_t last = t.cols % 4;
  Sums<R, V, kFull> sums;
  sums.begin(t, t.out, last);
  const float* a = t.a;
  const float* b = t.b;
  const std::size_t a_row = t.a_row, a_k = t.a_k, b_k = t.b_k;
  for (std::size_t k = t.depth; k > 0; --k, a += a_k, b += b_k) {
    Columns<V, kFull> columns;
    columns.load(b, last);
    sums.add(a, a_row, columns);
  }
  sums.end(t, t.out, last);
}

using Tile = void (*)(const TileArguments&);

/// The tiles of one width, by rows.
template <int V, bool kFull>
struct Tiles {
  static constexpr Tile kOf[kRows] = {tile_of<1, V, kFull>, tile_of<2, V, kFull>, tile_of<3, V, kFull>,
                                      tile_of<4, V, kFull>, tile_of<5, V, kFull>};
};
constexpr const Tile* kFullTiles[kCols / 4] = {Tiles<1, true>::kOf, Tiles<2, true>::kOf, Tiles<3, true>::kOf,
                                               Tiles<4, true>::kOf};
constexpr const Tile* kPartTiles[kCols / 4] = {Tiles<1, false>::kOf, Tiles<2, false>::kOf, Tiles<3, false>::kOf,
                                               Tiles<4, false>::kOf};

void tile(const TileArguments& t) { (t.cols % 4 == 0 ? kFullTiles : kPartTiles)[(t.cols - 1) / 4][t.rows - 1](t); }

std::uint32_t update(const UpdateArguments& u) {
  const float32x4_t zero = vdupq_n_f32(0.0F);
  const float32x4_t decay = vdupq_n_f32(u.weight_decay);
  const float32x4_t factor = vdupq_n_f32(u.momentum_factor);
  const float32x4_t step = vdupq_n_f32(-u.rate);
  const uint32x4_t magnitude = vdupq_n_u32(0x7FFFFFFF);
  uint32x4_t largest = vdupq_n_u32(0);
  std::size_t i = 0;
  for (; i + 4 <= u.count; i += 4) {
    uint32x4_t moves = vdupq_n_u32(0xFFFFFFFF);
    if (u.frozen != nullptr) {
      std::uint8_t flags[8] = {};
      __builtin_memcpy(flags, u.frozen + i, 4);
      moves = vceqq_u32(vmovl_u16(vget_low_u16(vmovl_u8(vld1_u8(flags)))), vdupq_n_u32(0));
    }
    const float32x4_t w = vld1q_f32(u.weights + i);
    const float32x4_t m = vld1q_f32(u.momentum + i);
    const float32x4_t g = vaddq_f32(vfmaq_f32(vld1q_f32(u.gradients + i), decay, w), zero);
    const float32x4_t pushed = vaddq_f32(vfmaq_f32(g, factor, m), zero);
    const float32x4_t moved = vbslq_f32(moves, vaddq_f32(vfmaq_f32(w, step, pushed), zero), w);
    vst1q_f32(u.momentum + i, vbslq_f32(moves, pushed, m));
    vst1q_f32(u.weights + i, moved);
    largest = vmaxq_u32(largest, vandq_u32(vreinterpretq_u32_f32(moved), magnitude));
  }
  std::uint32_t result = vmaxvq_u32(largest);
  for (; i < u.count; ++i) {  // up to three that fill no register
    float& w = u.weights[i];
    if (u.frozen == nullptr || u.frozen[i] == 0) {
      const float g = __builtin_fmaf(u.weight_decay, w, u.gradients[i]) + 0.0F;
      u.momentum[i] = __builtin_fmaf(u.momentum_factor, u.momentum[i], g) + 0.0F;
      w = __builtin_fmaf(-u.rate, u.momentum[i], w) + 0.0F;
    }
    std::uint32_t bits = 0;
    __builtin_memcpy(&bits, &w, sizeof bits);
    bits &= 0x7FFFFFFF;
    if (bits > result) result = bits;
  }
  return result;
}

}  // namespace

const KernelTable kNeonTable = {kRows, kCols, tile, update};

}  // namespace freezenet::kernels
