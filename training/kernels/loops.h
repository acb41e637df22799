#pragma once

#include <cstddef>
#include <cstdint>

#include "training/kernels/math.h"
#include "training/kernels/table.h"

/// Plain loops that each instruction set's file compiles for itself, so that the compiler's own vectors are as wide as
/// the processor's. Everything is in an unnamed namespace: each file has its own copy, and the linker merges none.
///
/// Only additions, multiplications, fused multiply-adds, comparisons and copies element by element: an order of
/// rounding that a compiler may not change, whatever it vectorises.
namespace freezenet::kernels {

namespace {

/// Pieces of a size that the compiler knows: a call of memcpy costs more than a short row.
template <std::size_t kWidth>
void copy_rows_of(std::size_t rows, std::size_t width, const float* __restrict from, std::size_t from_row,
                  float* __restrict to, std::size_t to_row) {
  for (std::size_t r = 0; r < rows; ++r, from += from_row, to += to_row) {
    for (std::size_t x = 0; x < width; x += kWidth) __builtin_memcpy(to + x, from + x, kWidth * sizeof(float));
  }
}

void copy_rows(std::size_t rows, std::size_t width, const float* from, std::size_t from_row, float* to,
               std::size_t to_row) {
  if (width % 16 == 0) return copy_rows_of<16>(rows, width, from, from_row, to, to_row);
  if (width == 8) return copy_rows_of<8>(rows, 8, from, from_row, to, to_row);
  if (width == 4) return copy_rows_of<4>(rows, 4, from, from_row, to, to_row);
  const std::size_t whole = width / 4 * 4;
  copy_rows_of<4>(rows, whole, from, from_row, to, to_row);
  copy_rows_of<1>(rows, width - whole, from + whole, from_row, to + whole, to_row);
}

/// Four pieces at a time: more would write to places of the cache that compete, fewer read a row in too many parts.
template <std::size_t kWidth>
void pack_pieces(std::size_t rows, std::size_t pieces, const float* __restrict from, std::size_t from_row,
                 float* __restrict to) {
  for (std::size_t first = 0; first < pieces; first += 4) {
    const std::size_t n = pieces - first < 4 ? pieces - first : 4;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t p = first; p < first + n; ++p) {
        __builtin_memcpy(to + (p * rows + r) * kWidth, from + r * from_row + p * kWidth, kWidth * sizeof(float));
      }
    }
  }
}

/// Block by block, so that what is written are whole runs of kBlock values.
template <std::size_t kBlock>
void transpose_blocks(std::size_t rows, std::size_t cols, const float* __restrict from, std::size_t from_row,
                      float* __restrict to, std::size_t to_row) {
  std::size_t r0 = 0;
  for (; r0 + kBlock <= rows; r0 += kBlock) {
    for (std::size_t c = 0; c < cols; ++c) {
      for (std::size_t r = r0; r < r0 + kBlock; ++r) to[c * to_row + r] = from[r * from_row + c];
    }
  }
  for (std::size_t c = 0; c < cols; ++c) {
    for (std::size_t r = r0; r < rows; ++r) to[c * to_row + r] = from[r * from_row + c];
  }
}

void relu(std::size_t count, float* __restrict values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
}

void gate(std::size_t count, const float* __restrict gradient, float* __restrict values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? gradient[i] : 0.0F;
}

/// One level of a pairwise sum. From one place to another: in place a compiler may not read ahead.
void add_pairs(std::size_t pairs, const float* __restrict from, float* __restrict to) {
  for (std::size_t i = 0; i < pairs; ++i) to[i] = from[2 * i] + from[2 * i + 1];
}

/// Level by level, so that the pairs of all blocks are added side by side.
void pairwise_blocks(std::size_t count, std::size_t block, const float* values, float* out, float* scratch) {
  if (block == 1) {
    __builtin_memcpy(out, values, count * sizeof(float));
    return;
  }
  for (std::size_t n = count * block / 2; n > count; n /= 2) {
    add_pairs(n, values, scratch);
    values = scratch;
    scratch += n;
  }
  add_pairs(count, values, out);
}

/// The pairwise sum of any number of values, without the closing + 0.0f. scratch holds as many and
/// kPairwiseSlack.
float pairwise(std::size_t n, const float* values, float* scratch) {
  while (n > 1) {
    const std::size_t pairs = n / 2;
    add_pairs(pairs, values, scratch);
    if (n % 2 != 0) scratch[pairs] = values[n - 1];
    n = pairs + n % 2;
    values = scratch;
    scratch += n;
  }
  return values[0];
}

/// The first level of the pairwise sum of (x - mean)^2.
void add_square_pairs(std::size_t pairs, float mean, const float* __restrict from, float* __restrict to) {
  for (std::size_t i = 0; i < pairs; ++i) {
    const float d = from[2 * i] - mean;
    const float e = from[2 * i + 1] - mean;
    to[i] = d * d + e * e;
  }
}

/// Of x * y.
void add_product_pairs(std::size_t pairs, const float* __restrict x, const float* __restrict y, float* __restrict to) {
  for (std::size_t i = 0; i < pairs; ++i) to[i] = x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1];
}

void norm_forward(const NormForward& f) {
  const std::size_t count = f.planes * f.area;
  const auto size = static_cast<float>(count);
  const float* __restrict in = f.in;
  float* __restrict out = f.out;
  const float mean = pairwise(count, in, f.scratch) / size;
  add_square_pairs(count / 2, mean, in, f.scratch);
  if (count % 2 != 0) f.scratch[count / 2] = (in[count - 1] - mean) * (in[count - 1] - mean);
  const std::size_t pairs = count / 2 + count % 2;
  const float inverse = inverse_sqrt(pairwise(pairs, f.scratch, f.scratch + pairs) / size + f.epsilon);
  for (std::size_t c = 0; c < f.planes; ++c) {
    const float scale = f.scale[c];
    const float shift = f.shift[c];
    const std::size_t begin = c * f.area;
    if (f.relu) {
      for (std::size_t i = begin; i < begin + f.area; ++i) {
        const float y = scale * ((in[i] - mean) * inverse) + shift;
        out[i] = y > 0.0F ? y : 0.0F;
      }
    } else {
      for (std::size_t i = begin; i < begin + f.area; ++i) {
        out[i] = scale * ((in[i] - mean) * inverse) + shift + 0.0F;
      }
    }
  }
  f.moments[0] = mean;
  f.moments[1] = inverse;
}

void norm_backward(const NormBackward& b) {
  const std::size_t count = b.planes * b.area;
  const auto size = static_cast<float>(count);
  const float mean = b.moments[0];
  const float inverse = b.moments[1];
  float* __restrict scaled = b.scratch;
  float* __restrict terms = b.scratch + count;
  float* levels = b.scratch + 2 * count;
  const float* __restrict gradient = b.out_gradient;
  float* __restrict values = b.values;
  const std::size_t blocks = b.area / b.block;
  for (std::size_t c = 0; c < b.planes; ++c) {
    const float scale = b.scale[c];
    const std::size_t begin = c * b.area;
    for (std::size_t i = begin; i < begin + b.area; ++i) {
      const float normal = (values[i] - mean) * inverse;
      values[i] = normal;
      scaled[i] = gradient[i] * scale;
      terms[i] = gradient[i] * normal;
    }
    pairwise_blocks(blocks, b.block, terms + begin, b.scale_terms + c * b.term_row, levels);
    pairwise_blocks(blocks, b.block, gradient + begin, b.shift_terms + c * b.term_row, levels);
  }
  const float centre = pairwise(count, scaled, levels) / size;
  add_product_pairs(count / 2, scaled, values, terms);
  if (count % 2 != 0) terms[count / 2] = scaled[count - 1] * values[count - 1];
  const float slope = pairwise(count / 2 + count % 2, terms, levels) / size;
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = ((scaled[i] - centre) - values[i] * slope) * inverse + 0.0F;
  }
}

void max_pool_2x2(std::size_t out_rows, std::size_t out_width, const float* __restrict in, float* __restrict out) {
  for (std::size_t y = 0; y < out_rows; ++y) {
    const float* __restrict top = in + 4 * y * out_width;
    const float* __restrict low = top + 2 * out_width;
    float* __restrict to = out + y * out_width;
    for (std::size_t x = 0; x < out_width; ++x) {
      float best = top[2 * x];
      best = top[2 * x + 1] > best ? top[2 * x + 1] : best;
      best = low[2 * x] > best ? low[2 * x] : best;
      best = low[2 * x + 1] > best ? low[2 * x + 1] : best;
      to[x] = best + 0.0F;
    }
  }
}

/// Room for a stretch of one row of windows.
struct PoolRow {
  static constexpr std::size_t kMost = 64;
  float tops[2 * kMost] = {};
  float lows[2 * kMost] = {};
  float gradients[kMost] = {};
  float places[4][kMost] = {};
};

/// One row of windows. In loops over copies whose length is a whole number of vectors, and of which a compiler turns
/// each into vectors: what lies behind the row is computed with and thrown away.
void max_pool_2x2_backward_row(std::size_t width, bool gated, const float* __restrict gradient, float* __restrict top,
                               float* __restrict low, PoolRow& room) {
  constexpr std::size_t kMost = PoolRow::kMost;
  float* const tops = room.tops;
  float* const lows = room.lows;
  const float* const gradients = room.gradients;
  auto& places = room.places;
  for (std::size_t first = 0; first < width; first += kMost) {
    const std::size_t n = width - first < kMost ? width - first : kMost;
    const std::size_t vectors = (n + 15) / 16;
    copy_rows(1, 2 * n, top + 2 * first, 0, tops, 0);
    copy_rows(1, 2 * n, low + 2 * first, 0, lows, 0);
    copy_rows(1, n, gradient + first, 0, room.gradients, 0);
    for (std::size_t x = 0; x < 16 * vectors; ++x) {
      const float a = tops[2 * x];
      const float b = tops[2 * x + 1];
      const float c = lows[2 * x];
      const float d = lows[2 * x + 1];
      const float ab = b > a ? b : a;
      const float abc = c > ab ? c : ab;
      const float best = d > abc ? d : abc;
      // Not gated: everything passes, values below 0 and NaN too.
      const float g = gated ? (best > 0.0F ? gradients[x] : 0.0F) : gradients[x];
      const float not_d = d > abc ? 0.0F : g;
      const float not_cd = c > ab ? 0.0F : not_d;
      places[0][x] = b > a ? 0.0F : not_cd;
      places[1][x] = b > a ? not_cd : 0.0F;
      places[2][x] = c > ab ? not_d : 0.0F;
      places[3][x] = d > abc ? g : 0.0F;
    }
    for (std::size_t x = 0; x < 16 * vectors; ++x) {
      tops[2 * x] = places[0][x];
      tops[2 * x + 1] = places[1][x];
    }
    for (std::size_t x = 0; x < 16 * vectors; ++x) {
      lows[2 * x] = places[2][x];
      lows[2 * x + 1] = places[3][x];
    }
    copy_rows(1, 2 * n, tops, 0, top + 2 * first, 0);
    copy_rows(1, 2 * n, lows, 0, low + 2 * first, 0);
  }
}

void max_pool_2x2_backward(std::size_t out_rows, std::size_t out_width, bool gated, const float* out_gradient,
                           float* values) {
  PoolRow room;
  for (std::size_t y = 0; y < out_rows; ++y) {
    float* top = values + 4 * y * out_width;
    max_pool_2x2_backward_row(out_width, gated, out_gradient + y * out_width, top, top + 2 * out_width, room);
  }
}

void add(std::size_t count, const float* a, const float* b, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
}

void close(std::size_t count, float* __restrict values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = values[i] + 0.0F;
}

std::size_t count_nonzero(std::size_t count, const float* __restrict values) {
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < count; ++i) found += values[i] != 0.0F ? 1U : 0U;
  return found;
}

std::uint32_t bits_of(float x) { return __builtin_bit_cast(std::uint32_t, x); }

/// The compiler's own fma: an instruction where the file is built for one, else a call of fmaf, which rounds once by
/// its definition. The choice between before and after is one of bits, because compilers make a branch of a choice
/// between floats by a byte, and then no vectors.
template <bool kMasked>
std::uint32_t update_all(const UpdateArguments& u) {
  float* __restrict weights = u.weights;
  float* __restrict momentum = u.momentum;
  const float* __restrict gradients = u.gradients;
  const std::uint8_t* __restrict frozen = u.frozen;
  const float decay = u.weight_decay;
  const float factor = u.momentum_factor;
  const float rate = u.rate;
  const std::size_t count = u.count;
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float g = __builtin_fmaf(decay, weights[i], gradients[i]) + 0.0F;
    const float m = __builtin_fmaf(factor, momentum[i], g) + 0.0F;
    const float moved = __builtin_fmaf(-rate, m, weights[i]) + 0.0F;
    const std::uint32_t keep = kMasked ? ((256U - frozen[i]) >> 8) - 1U : 0U;  // all bits unless frozen[i] is 0
    const std::uint32_t weight = (bits_of(weights[i]) & keep) | (bits_of(moved) & ~keep);
    momentum[i] = __builtin_bit_cast(float, (bits_of(momentum[i]) & keep) | (bits_of(m) & ~keep));
    weights[i] = __builtin_bit_cast(float, weight);
    const std::uint32_t magnitude = weight & 0x7FFFFFFFU;
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

std::uint32_t update(const UpdateArguments& u) {
  return u.frozen == nullptr ? update_all<false>(u) : update_all<true>(u);
}

/// Without a branch, which would be taken at random.
template <int = 0>
std::size_t gather_nonzero(std::size_t count, const float* __restrict values, const std::uint32_t* __restrict offsets,
                           float* __restrict found, std::uint32_t* __restrict found_at) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < count; ++i) {
    found[n] = values[i];
    found_at[n] = offsets[i];
    n += values[i] != 0.0F ? 1U : 0U;
  }
  return n;
}

std::uint32_t largest_magnitude(std::size_t count, const float* __restrict values) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t magnitude = bits_of(values[i]) & 0x7FFFFFFFU;
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

}  // namespace

}  // namespace freezenet::kernels
