#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/table.h"

namespace freezenet::kernels {
namespace {

/// Room for the largest tile, two pieces of 16 columns and 12 rows, with other values around every row of it.
constexpr std::size_t kOutRow = 50, kOutSecond = 23, kBefore = 20, kOuts = kBefore + 12 * kOutRow;
constexpr std::size_t kSecond = 19, kGroup = 40;

struct Factors {
  Factors(Values& random, std::size_t depth, std::size_t rows)
      : a(random.floats(1000)), b(random.floats(1000)), before(random.floats(kOuts)), start(random.floats(rows)) {
    for (std::size_t k = 0; k < depth; ++k) {
      a_at.push_back(static_cast<std::uint32_t>(random.between(0, 400)));
      b_at.push_back(static_cast<std::uint32_t>(random.between(0, 900)));
    }
  }
  std::vector<float> a, b, before, start;
  std::vector<std::uint32_t> a_at, b_at;
};

float closed(float value, TileEnd end) {
  if (end == TileEnd::kOpen) return value;
  if (end == TileEnd::kClosed) return value + 0.0F;
  return value > 0.0F ? value : 0.0F;
}

/// The definition in table.h, one output after another; all other values stay.
std::vector<float> expected(const TileArguments& t, const Factors& f) {
  auto out = f.before;
  for (std::size_t r = 0; r < std::size_t{t.groups} * t.group_rows; ++r) {
    for (std::size_t c = 0; c < std::size_t{t.cols} + t.cols_second; ++c) {
      const bool second = c >= t.cols;
      const std::size_t col = second ? c - t.cols : c;
      float& to = out[kBefore + r * t.out_row + (second ? t.out_second : 0) + col];
      float sum = t.start != nullptr ? t.start[r] : to;
      for (std::size_t k = 0; k < t.depth; ++k) {
        sum = std::fmaf(t.a[t.a_at[k] + r / t.group_rows * t.a_group + r % t.group_rows],
                        t.b[t.b_at[k] + (second ? t.b_second : 0) + col], sum);
      }
      to = closed(sum, t.end);
    }
  }
  return out;
}

TileArguments arguments(const Factors& f, std::uint32_t groups, std::uint32_t group_rows, std::uint32_t cols,
                        std::uint32_t cols_second) {
  TileArguments t{};
  t.depth = f.a_at.size();
  t.a = f.a.data();
  t.a_at = f.a_at.data();
  t.a_group = kGroup;
  t.b = f.b.data();
  t.b_at = f.b_at.data();
  t.b_second = kSecond;
  t.out_row = kOutRow;
  t.out_second = kOutSecond;
  t.groups = groups;
  t.group_rows = group_rows;
  t.cols = cols;
  t.cols_second = cols_second;
  return t;
}

TEST(Tile, EveryShapeThatATileCanHave) {
  Values random(20);
  for (const Path path : available_paths()) {
    const KernelTable& table = table_of(path);
    for (std::uint32_t groups = 1; groups <= table.tile_rows; ++groups) {
      for (std::uint32_t rows = 1; groups * rows <= table.tile_rows; ++rows) {
        for (std::uint32_t cols = 1; cols <= table.piece; ++cols) {
          for (std::uint32_t second = 0; second <= table.piece; ++second) {
            // Full pieces, and a third of the narrow ones.
            const bool full = cols == table.piece && (second == 0 || second == table.piece);
            if (!full && random.between(0, 2) != 0) continue;
            const Factors f(random, random.between(0, 6), groups * rows);
            TileArguments t = arguments(f, groups, rows, cols, second);
            t.end = static_cast<TileEnd>(random.between(0, 2));
            t.start = random.between(0, 1) == 0 ? nullptr : f.start.data();
            auto out = f.before;
            t.out = out.data() + kBefore;
            t.next_out = random.between(0, 1) == 0 ? nullptr : out.data() + 3;
            table.tile(t);
            ASSERT_TRUE(same_bits(out, expected(t, f)))
                << name(path) << " " << groups << " groups of " << rows << ", " << cols << " + " << second;
          }
        }
      }
    }
  }
}

TEST(Tile, EndsOfEveryKindOfValue) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {1.0F,      -1.0F,      -0.0F,     0.0F,       std::nanf(""), -std::nanf(""),
                                     kInfinity, -kInfinity, 0x1p-149F, -0x1p-149F, 0x1p127F,      -0x1p127F};
  const std::vector<float> relu = {1.0F, 0, 0, 0, 0, 0, kInfinity, 0, 0x1p-149F, 0, 0x1p127F, 0};
  Values random(21);
  for (const Path path : available_paths()) {
    const KernelTable& table = table_of(path);
    for (std::uint32_t cols = 1; cols <= table.piece; ++cols) {
      const Factors f(random, 0, 1);
      TileArguments t = arguments(f, 1, 1, cols, cols);
      for (std::size_t i = 0; i < values.size(); ++i) {
        for (const TileEnd end : {TileEnd::kOpen, TileEnd::kClosed, TileEnd::kRelu}) {
          t.end = end;
          t.start = &values[i];
          auto out = f.before;
          t.out = out.data() + kBefore;
          table.tile(t);
          const float wanted = end == TileEnd::kOpen     ? values[i]
                               : end == TileEnd::kClosed ? (values[i] == 0.0F ? 0.0F : values[i])
                                                         : relu[i];
          for (const std::size_t at : {std::size_t{0}, cols - std::size_t{1}, kOutSecond, kOutSecond + cols - 1}) {
            const float found = out[kBefore + at];
            // The sign and payload of a NaN are never hashed.
            if (std::isnan(wanted)) {
              ASSERT_TRUE(std::isnan(found)) << name(path) << " value " << i;
            } else {
              ASSERT_EQ(std::bit_cast<std::uint32_t>(found), std::bit_cast<std::uint32_t>(wanted))
                  << name(path) << " value " << i << ": " << found;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
