#pragma once

#include <cstddef>
#include <cstdint>

/// The loops that exist once for each instruction set, as plain functions behind a table.
///
/// This header, tile.h and loops.h are all that the files built with instruction-set flags include of ours, and math.h,
/// which only declares. There is no inline function in them with a name that two files share, on purpose: the linker
/// keeps one copy of an inline function, perhaps the one compiled for AVX-512, and then a processor without it fails in
/// the portable path.
namespace freezenet::kernels {

enum class TileEnd : std::uint8_t {
  kOpen,    ///< the chain goes on in a later call: its value is stored as it is
  kClosed,  ///< the chain ends: + 0.0f, so that no -0 leaves
  kRelu,    ///< ends, and x > 0 ? x : +0 is stored
};

/// A tile of outputs: rows x two pieces of up to `piece` columns. Per output one chain acc = fma(a, b, acc), k
/// ascending, from `start` of its row, or from what `out` holds.
///
/// Both factors are addressed by tables of offsets (in floats), one entry a k: so one loop serves packed panels, rows
/// of a matrix, and images whose windows are read where they lie.
///
///   a of row r:    a[a_at[k] + (r / group_rows) * a_group + r % group_rows]
///   b of column c: b[b_at[k] + c], of the second piece b[b_at[k] + b_second + c]
///   out likewise:  out[r * out_row + c], out[r * out_row + out_second + c]
struct TileArguments {
  std::size_t depth;
  const float* a;
  const std::uint32_t* a_at;
  std::size_t a_group;
  const float* b;
  const std::uint32_t* b_at;
  std::size_t b_second;
  float* out;
  std::size_t out_row, out_second;
  std::uint32_t groups, group_rows;  ///< their product is 1..KernelTable::tile_rows
  std::uint32_t cols, cols_second;   ///< of each piece; 1..piece, and 0..piece. Nothing beyond is read or written
  const float* start;                ///< one value a row; null: the chains go on from `out`
  const float* next_out;             ///< where the next tile will go on from; fetched meanwhile. null: nowhere
  TileEnd end;
};

/// A list of terms, those with a zero factor left out, and a row of columns. Every fma is one term of an output's
/// chain, which is left open.
struct SparseRow {
  std::size_t terms;
  const std::uint32_t* at;
  const float* values;
  std::size_t cols;
  const float* row;
  float* out;
};

struct UpdateArguments {
  std::size_t count;
  float* weights;
  float* momentum;
  const float* gradients;
  const std::uint8_t* frozen;  ///< non-zero: this weight does not move; null: all move
  float rate, momentum_factor, weight_decay;
};

/// The levels of a pairwise sum of n values, one behind the other, are n floats and at most one more for each level
/// with an odd number of values: 5 values leave 3, 2 and 1.
inline constexpr std::size_t kPairwiseSlack = 32;

/// One group of one sample for group normalisation: `planes` channels of `area` values each (docs/numerics.md).
struct NormForward {
  std::size_t planes, area;
  const float* scale;  ///< one a channel
  const float* shift;
  float epsilon;
  bool relu;  ///< ReLU follows
  const float* in;
  float* out;
  float* moments;  ///< receives the mean and 1 / sqrt(variance + epsilon)
  float* scratch;  ///< 2 * planes * area
};
struct NormBackward {
  std::size_t planes, area;
  const float* scale;
  const float* moments;
  const float* out_gradient;
  float* values;       ///< the input, which its gradient replaces
  std::size_t block;   ///< of pairwise_block(area)
  float* scale_terms;  ///< area / block sums a channel, channels `term_row` apart
  float* shift_terms;
  std::size_t term_row;
  float* scratch;  ///< 3 * planes * area + kPairwiseSlack
};

struct KernelTable {
  std::size_t tile_rows, piece;
  void (*tile)(const TileArguments&);
  /// For i ascending: out[c] = fma(values[i], row[at[i] + c], out[c]).
  void (*gather_row)(const SparseRow&);
  /// For i ascending: out[at[i] + c] = fma(values[i], row[c], out[at[i] + c]). Rows that overlap must descend: columns
  /// are taken some at a time.
  void (*scatter_row)(const SparseRow&);
  /// SGD with momentum (docs/numerics.md). Returns the largest bit pattern of |w| after the update: above that of a
  /// limit means larger, infinite or NaN.
  std::uint32_t (*update)(const UpdateArguments&);

  // From loops.h: plain C++, compiled for each instruction set.

  void (*copy_rows)(std::size_t rows, std::size_t width, const float* from, std::size_t from_row, float* to,
                    std::size_t to_row);
  /// Rows of `pieces` whole pieces to [piece][row][columns of a piece].
  void (*pack_pieces)(std::size_t rows, std::size_t pieces, const float* from, std::size_t from_row, float* to);
  /// to[c * to_row + r] = from[r * from_row + c].
  void (*transpose)(std::size_t rows, std::size_t cols, const float* from, std::size_t from_row, float* to,
                    std::size_t to_row);
  void (*relu)(std::size_t count, float* values);
  /// values[i] = values[i] > 0 ? gradient[i] : +0: the gradient of ReLU takes the place of its output.
  void (*gate)(std::size_t count, const float* gradient, float* values);
  /// out[i] = pairwise sum of values[i * block .. (i + 1) * block); block a power of two, scratch
  /// as many floats as values.
  void (*pairwise_blocks)(std::size_t count, std::size_t block, const float* values, float* out, float* scratch);
  void (*norm_forward)(const NormForward&);
  void (*norm_backward)(const NormBackward&);
  /// Windows of 2 x 2 with a stride of 2 that cover the plane: out_width = width / 2.
  void (*max_pool_2x2)(std::size_t out_rows, std::size_t out_width, const float* in, float* out);
  /// The values' gradient takes their place; gated: where they are not above 0 it is +0.
  void (*max_pool_2x2_backward)(std::size_t out_rows, std::size_t out_width, bool gated, const float* out_gradient,
                                float* values);
  /// out[i] = a[i] + b[i].
  void (*add)(std::size_t count, const float* a, const float* b, float* out);
  /// values[i] + 0.0f, in place.
  void (*close)(std::size_t count, float* values);
  std::size_t (*count_nonzero)(std::size_t count, const float* values);
  /// The values that are not zero, in order, and the offsets beside them; returns how many. Room for `count` of each.
  std::size_t (*gather_nonzero)(std::size_t count, const float* values, const std::uint32_t* offsets, float* found,
                                std::uint32_t* found_at);
  /// Largest bit pattern of |value|.
  std::uint32_t (*largest_magnitude)(std::size_t count, const float* values);
};

extern const KernelTable kPortableTable;
#if defined(__x86_64__)
extern const KernelTable kAvx2Table;
extern const KernelTable kAvx512Table;
#elif defined(__aarch64__)
extern const KernelTable kNeonTable;
#endif

}  // namespace freezenet::kernels
