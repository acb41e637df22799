#pragma once

#include <cstddef>
#include <cstdint>

#include "training/kernels/table.h"

/// The tiles of a path with vector registers, over a type that names its intrinsics:
///
///   kLanes, kRows, kMasksAreFree;  Values, Mask
///   first(n)                 the first n lanes, n of 0..kLanes and more
///   load(p) load(p, mask) store(p, v) store(p, mask, v)      unaligned; masked ones touch no lane outside the mask
///   all(x) add(x, y) fma(x, y, z) positive(x)                positive: x > 0 ? x : +0
///
/// Each instruction set's file has its own copy: everything is in an unnamed namespace.
namespace freezenet::kernels {

namespace {

/// The sums of rows I..N-1 of a tile whose groups have V rows. A recursion instead of an array: compilers keep an array
/// that a loop runs over in memory. kWide: both pieces; else the second register is left alone. kFull: no piece is
/// narrower than a register.
template <typename Simd, int V, int I, int N, bool kWide, bool kFull>
struct Sums {
  using Values = typename Simd::Values;
  using Mask = typename Simd::Mask;
  Values low, high;
  Sums<Simd, V, I + 1, N, kWide, kFull> next;

  [[gnu::always_inline]] static Values load(const float* p, Mask mask) {
    if constexpr (kFull) return Simd::load(p);
    return Simd::load(p, mask);
  }
  [[gnu::always_inline]] static void store(float* p, Mask mask, Values v) {
    if constexpr (kFull) {
      Simd::store(p, v);
    } else {
      Simd::store(p, mask, v);
    }
  }

  [[gnu::always_inline]] void begin(const TileArguments& t, const float* out, Mask mask0, Mask mask1) {
    if (t.start != nullptr) {
      low = Simd::all(t.start[I]);
      if constexpr (kWide) high = low;
    } else {
      low = load(out, mask0);
      if constexpr (kWide) high = load(out + t.out_second, mask1);
    }
    next.begin(t, out + t.out_row, mask0, mask1);
  }
  [[gnu::always_inline]] void add(const float* a, std::size_t group, Values b0, Values b1) {
    const Values x = Simd::all(a[I % V]);
    low = Simd::fma(x, b0, low);
    if constexpr (kWide) high = Simd::fma(x, b1, high);
    next.add((I + 1) % V == 0 ? a + group : a, group, b0, b1);
  }
  template <TileEnd kEnd>
  [[gnu::always_inline]] void end(const TileArguments& t, float* out, Mask mask0, Mask mask1) const {
    store(out, mask0, closed<kEnd>(low));
    if constexpr (kWide) store(out + t.out_second, mask1, closed<kEnd>(high));
    next.template end<kEnd>(t, out + t.out_row, mask0, mask1);
  }
  template <TileEnd kEnd>
  [[gnu::always_inline]] static Values closed(Values x) {
    if constexpr (kEnd == TileEnd::kClosed) return Simd::add(x, Simd::all(0.0F));
    if constexpr (kEnd == TileEnd::kRelu) return Simd::positive(x);
    return x;
  }
};

template <typename Simd, int V, int N, bool kWide, bool kFull>
struct Sums<Simd, V, N, N, kWide, kFull> {
  using Values = typename Simd::Values;
  using Mask = typename Simd::Mask;
  void begin(const TileArguments&, const float*, Mask, Mask) {}
  void add(const float*, std::size_t, Values, Values) {}
  template <TileEnd>
  void end(const TileArguments&, float*, Mask, Mask) const {}
};

template <typename Simd, int V, int N, bool kWide, bool kFull>
void tile_of(const TileArguments& t) {
  using First = Sums<Simd, V, 0, N, kWide, kFull>;
  const auto mask0 = Simd::first(t.cols);
  const auto mask1 = Simd::first(t.cols_second);
  First sums;
  sums.begin(t, t.out, mask0, mask1);
  if (t.next_out != nullptr) {
    for (std::size_t r = 0; r < N; ++r) {
      __builtin_prefetch(t.next_out + r * t.out_row);
      if constexpr (kWide) __builtin_prefetch(t.next_out + r * t.out_row + t.out_second);
    }
  }
  const float* const a = t.a;
  const float* const b = t.b;
  const std::uint32_t* const a_at = t.a_at;
  const std::uint32_t* const b_at = t.b_at;
  const std::size_t group = t.a_group, second = t.b_second, depth = t.depth;
  for (std::size_t k = 0; k < depth; ++k) {
    const float* const row = b + b_at[k];
    const auto b0 = First::load(row, mask0);
    if constexpr (kWide) {
      sums.add(a + a_at[k], group, b0, First::load(row + second, mask1));
    } else {
      sums.add(a + a_at[k], group, b0, b0);
    }
  }
  switch (t.end) {
    case TileEnd::kOpen: sums.template end<TileEnd::kOpen>(t, t.out, mask0, mask1); break;
    case TileEnd::kClosed: sums.template end<TileEnd::kClosed>(t, t.out, mask0, mask1); break;
    case TileEnd::kRelu: sums.template end<TileEnd::kRelu>(t, t.out, mask0, mask1); break;
  }
}

/// The tiles of every shape that kRows has room for: by groups, and rows of a group.
template <typename Simd, bool kWide, bool kFull>
struct Tiles {
  void (*of[Simd::kRows][Simd::kRows])(const TileArguments&) = {};
  constexpr Tiles() { add<1, 1>(); }

 private:
  template <int V, int G>
  constexpr void add() {
    if constexpr (V * G <= Simd::kRows) {
      of[G - 1][V - 1] = tile_of<Simd, V, V * G, kWide, kFull>;
      add<V, G + 1>();
    } else if constexpr (V < Simd::kRows) {
      add<V + 1, 1>();
    }
  }
};

template <typename Simd, bool kWide, bool kFull>
constexpr Tiles<Simd, kWide, kFull> kTiles;

template <typename Simd>
void tile(const TileArguments& t) {
  const std::size_t g = t.groups - 1, v = t.group_rows - 1;
  if constexpr (!Simd::kMasksAreFree) {
    if (t.cols == Simd::kLanes) {
      if (t.cols_second == Simd::kLanes) return kTiles<Simd, true, true>.of[g][v](t);
      if (t.cols_second == 0) return kTiles<Simd, false, true>.of[g][v](t);
    }
  }
  (t.cols_second == 0 ? kTiles<Simd, false, false>.of : kTiles<Simd, true, false>.of)[g][v](t);
}

/// N whole registers of a row of outputs.
template <typename Simd, int I, int N>
struct Row {
  typename Simd::Values sum;
  Row<Simd, I + 1, N> next;
  [[gnu::always_inline]] void begin(const float* out) {
    sum = Simd::load(out);
    next.begin(out + Simd::kLanes);
  }
  [[gnu::always_inline]] void add(typename Simd::Values x, const float* row) {
    sum = Simd::fma(x, Simd::load(row), sum);
    next.add(x, row + Simd::kLanes);
  }
  /// The registers as they are times x, added to memory.
  [[gnu::always_inline]] void add_to(typename Simd::Values x, float* out) const {
    Simd::store(out, Simd::fma(x, sum, Simd::load(out)));
    next.add_to(x, out + Simd::kLanes);
  }
  [[gnu::always_inline]] void end(float* out) const {
    Simd::store(out, sum);
    next.end(out + Simd::kLanes);
  }
};

template <typename Simd, int N>
struct Row<Simd, N, N> {
  void begin(const float*) {}
  void add(typename Simd::Values, const float*) {}
  void add_to(typename Simd::Values, float*) const {}
  void end(float*) const {}
};

template <typename Simd, int N>
void gather_block(const SparseRow& s, std::size_t& col) {
  for (; col + N * Simd::kLanes <= s.cols; col += N * Simd::kLanes) {
    Row<Simd, 0, N> row;
    row.begin(s.out + col);
    for (std::size_t i = 0; i < s.terms; ++i) row.add(Simd::all(s.values[i]), s.row + s.at[i] + col);
    row.end(s.out + col);
  }
}

template <typename Simd>
void gather_row(const SparseRow& s) {
  std::size_t col = 0;
  gather_block<Simd, 12>(s, col);
  gather_block<Simd, 6>(s, col);
  gather_block<Simd, 3>(s, col);
  gather_block<Simd, 1>(s, col);
  if (col == s.cols) return;
  const auto mask = Simd::first(s.cols - col);
  auto sum = Simd::load(s.out + col, mask);
  for (std::size_t i = 0; i < s.terms; ++i) {
    sum = Simd::fma(Simd::all(s.values[i]), Simd::load(s.row + s.at[i] + col, mask), sum);
  }
  Simd::store(s.out + col, mask, sum);
}

template <typename Simd, int N>
void scatter_block(const SparseRow& s, std::size_t& col) {
  for (; col + N * Simd::kLanes <= s.cols; col += N * Simd::kLanes) {
    Row<Simd, 0, N> row;
    row.begin(s.row + col);
    for (std::size_t i = 0; i < s.terms; ++i) row.add_to(Simd::all(s.values[i]), s.out + s.at[i] + col);
  }
}

template <typename Simd>
void scatter_row(const SparseRow& s) {
  std::size_t col = 0;
  scatter_block<Simd, 6>(s, col);
  scatter_block<Simd, 3>(s, col);
  scatter_block<Simd, 1>(s, col);
  if (col == s.cols) return;
  const auto mask = Simd::first(s.cols - col);
  const auto row = Simd::load(s.row + col, mask);
  for (std::size_t i = 0; i < s.terms; ++i) {
    float* out = s.out + s.at[i] + col;
    Simd::store(out, mask, Simd::fma(Simd::all(s.values[i]), row, Simd::load(out, mask)));
  }
}

}  // namespace

}  // namespace freezenet::kernels
