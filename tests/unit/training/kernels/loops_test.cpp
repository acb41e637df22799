/// The loops of KernelTable that move, gate, add and count, each against its definition on whole buffers: what lies
/// before and behind the places that it may write is compared too.

#include <algorithm>
#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/sum.h"

namespace freezenet::kernels {
namespace {

constexpr std::size_t kMost = 70;
constexpr std::size_t kBefore = 19;  // no multiple of a register
constexpr float kGuard = 77.0F;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Runs `visit(table)` for every path; failures name it.
template <typename Visit>
void each_path(const Visit& visit) {
  for (const Path path : available_paths()) {
    SCOPED_TRACE(name(path));
    visit(table_of(path));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

/// A copy with guards on both sides.
class Guarded {
 public:
  explicit Guarded(std::size_t n) : all_(n + 2 * kBefore, kGuard) {}
  explicit Guarded(const std::vector<float>& values) : Guarded(values.size()) {
    std::copy(values.begin(), values.end(), data());
  }
  float* data() { return all_.data() + kBefore; }
  [[nodiscard]] const std::vector<float>& all() const { return all_; }

 private:
  std::vector<float> all_;
};

/// Both write to a Guarded each that begins as `before`; then all is equal.
template <typename Found, typename Expected>
::testing::AssertionResult same_effect(const std::vector<float>& before, const Found& found, const Expected& expected) {
  Guarded a(before), b(before);
  found(a.data());
  expected(b.data());
  return same_bits(a.all(), b.all());
}

/// All that a comparison can go wrong with.
std::vector<float> strange(Values& random, std::size_t n) {
  const float of[] = {0.0F, -0.0F, 1.5F, -1.5F, 0x1p-149F, -0x1p-149F, kInfinity, -kInfinity, std::nanf("")};
  std::vector<float> out(n);
  for (float& v : out) v = of[random.between(0, 8)];
  return out;
}

TEST(Loops, Transpose) {
  Values random(51);
  each_path([&](const KernelTable& table) {
    for (std::size_t rows = 0; rows <= kMost; ++rows) {
      for (const std::size_t cols : {0U, 1U, 3U, 4U, 7U, 8U, 15U, 16U, 17U, 33U, 70U}) {
        const std::size_t from_row = cols + random.between(0, 3), to_row = rows + random.between(0, 3);
        const auto from = random.floats(rows * from_row);
        const std::vector<float> before(cols * to_row, -5.0F);
        ASSERT_TRUE(same_effect(
            before, [&](float* to) { table.transpose(rows, cols, from.data(), from_row, to, to_row); },
            [&](float* to) {
              for (std::size_t r = 0; r < rows; ++r) {
                for (std::size_t c = 0; c < cols; ++c) to[c * to_row + r] = from[r * from_row + c];
              }
            }))
            << rows << "x" << cols;
      }
    }
  });
}

TEST(Loops, CopyRows) {
  Values random(52);
  each_path([&](const KernelTable& table) {
    for (std::size_t width = 0; width <= kMost; ++width) {
      for (const std::size_t rows : {0U, 1U, 2U, 5U}) {
        const std::size_t from_row = width + random.between(0, 3), to_row = width + random.between(0, 3);
        const auto from = random.floats(rows * from_row);
        const std::vector<float> before(rows * to_row, -5.0F);
        ASSERT_TRUE(same_effect(
            before, [&](float* to) { table.copy_rows(rows, width, from.data(), from_row, to, to_row); },
            [&](float* to) {
              for (std::size_t r = 0; r < rows; ++r) {
                for (std::size_t x = 0; x < width; ++x) to[r * to_row + x] = from[r * from_row + x];
              }
            }))
            << rows << "x" << width;
      }
    }
  });
}

TEST(Loops, PackPieces) {
  Values random(53);
  each_path([&](const KernelTable& table) {
    const std::size_t piece = table.piece;
    for (std::size_t pieces = 0; pieces <= 11; ++pieces) {
      for (const std::size_t rows : {0U, 1U, 2U, 7U, 70U}) {
        const std::size_t from_row = pieces * piece + random.between(0, 5);
        const auto from = random.floats(rows * from_row);
        const std::vector<float> before(rows * pieces * piece, -5.0F);
        ASSERT_TRUE(same_effect(
            before, [&](float* to) { table.pack_pieces(rows, pieces, from.data(), from_row, to); },
            [&](float* to) {
              for (std::size_t p = 0; p < pieces; ++p) {
                for (std::size_t r = 0; r < rows; ++r) {
                  for (std::size_t c = 0; c < piece; ++c) *to++ = from[r * from_row + p * piece + c];
                }
              }
            }))
            << rows << " rows, " << pieces << " pieces";
      }
    }
  });
}

TEST(Loops, ReluPassesNothingButPositiveValues) {
  Values random(54);
  each_path([&](const KernelTable& table) {
    for (std::size_t n = 0; n <= kMost; ++n) {
      ASSERT_TRUE(same_effect(
          strange(random, n), [&](float* values) { table.relu(n, values); },
          [&](float* values) {
            for (std::size_t i = 0; i < n; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
          }))
          << n;
    }
    std::vector<float> all = {1.0F, -1.0F, -0.0F, 0.0F, std::nanf(""), kInfinity, -kInfinity, 0x1p-149F};
    table.relu(all.size(), all.data());
    EXPECT_TRUE(same_bits(all, std::vector<float>{1.0F, 0.0F, 0.0F, 0.0F, 0.0F, kInfinity, 0.0F, 0x1p-149F}));
  });
}

TEST(Loops, GatePassesAGradientWhereTheValueIsPositive) {
  Values random(55);
  each_path([&](const KernelTable& table) {
    for (std::size_t n = 0; n <= kMost; ++n) {
      const auto gradient = strange(random, n);
      ASSERT_TRUE(same_effect(
          strange(random, n), [&](float* values) { table.gate(n, gradient.data(), values); },
          [&](float* values) {
            for (std::size_t i = 0; i < n; ++i) values[i] = values[i] > 0.0F ? gradient[i] : 0.0F;
          }))
          << n;
    }
  });
}

TEST(Loops, Add) {
  Values random(56);
  each_path([&](const KernelTable& table) {
    for (std::size_t n = 0; n <= kMost; ++n) {
      const auto a = random.floats(n), b = random.floats(n);
      const auto expected = [&](float* out) {
        for (std::size_t i = 0; i < n; ++i) out[i] = a[i] + b[i];
      };
      ASSERT_TRUE(same_effect(
          std::vector<float>(n), [&](float* out) { table.add(n, a.data(), b.data(), out); }, expected))
          << n;
      // In place of either: residual gradients are summed so.
      ASSERT_TRUE(same_effect(
          a, [&](float* out) { table.add(n, out, b.data(), out); }, expected))
          << n;
      ASSERT_TRUE(same_effect(
          b, [&](float* out) { table.add(n, a.data(), out, out); }, expected))
          << n;
    }
  });
}

TEST(Loops, CloseTurnsNegativeZeroIntoZeroAndNothingElse) {
  Values random(57);
  each_path([&](const KernelTable& table) {
    for (std::size_t n = 0; n <= kMost; ++n) {
      ASSERT_TRUE(same_effect(
          strange(random, n), [&](float* values) { table.close(n, values); },
          [&](float* values) {
            for (std::size_t i = 0; i < n; ++i) values[i] = values[i] == 0.0F ? 0.0F : values[i];
          }))
          << n;
    }
  });
}

TEST(Loops, PairwiseBlocksAreSubtrees) {
  Values random(58);
  each_path([&](const KernelTable& table) {
    for (std::size_t block = 1; block <= 64; block *= 2) {
      for (std::size_t count = 0; count <= kMost; count += count < 20 ? 1 : 10) {
        if (count == 0 && block == 1) continue;
        const auto values = random.floats(count * block);
        Guarded scratch(values.size()), out(count);
        table.pairwise_blocks(count, block, values.data(), out.data(), scratch.data());
        Guarded expected(count), guards(values.size());
        for (std::size_t i = 0; i < count; ++i) {
          std::vector<float> part(values.begin() + static_cast<std::ptrdiff_t>(i * block),
                                  values.begin() + static_cast<std::ptrdiff_t>((i + 1) * block));
          for (std::size_t n = block; n > 1; n /= 2) {
            for (std::size_t j = 0; j < n / 2; ++j) part[j] = part[2 * j] + part[2 * j + 1];
          }
          expected.data()[i] = part[0];
        }
        ASSERT_TRUE(same_bits(out.all(), expected.all())) << count << " blocks of " << block;
        std::copy_n(scratch.data(), values.size(), guards.data());
        ASSERT_TRUE(same_bits(scratch.all(), guards.all())) << "wrote beyond its scratch";
      }
    }
  });
}

TEST(Loops, CountNonzero) {
  Values random(59);
  each_path([&](const KernelTable& table) {
    for (std::size_t n = 0; n <= kMost; ++n) {
      const auto values = strange(random, n);
      const auto zeros = static_cast<std::size_t>(std::count(values.begin(), values.end(), 0.0F));
      ASSERT_EQ(table.count_nonzero(n, values.data()), n - zeros) << n;
    }
  });
}

TEST(Loops, GatherNonzeroKeepsOrderAndOffsets) {
  Values random(60);
  each_path([&](const KernelTable& table) {
    for (std::size_t n = 0; n <= kMost; ++n) {
      for (const bool with_zeros : {false, true}) {
        const auto values = with_zeros ? strange(random, n) : std::vector<float>(n, 2.5F);
        std::vector<std::uint32_t> offsets(n), expected_at;
        std::vector<float> expected;
        for (std::size_t i = 0; i < n; ++i) {
          offsets[i] = static_cast<std::uint32_t>(random.between(0, 1U << 30));
          if (values[i] == 0.0F) continue;
          expected.push_back(values[i]);
          expected_at.push_back(offsets[i]);
        }
        Guarded found(n);
        std::vector<std::uint32_t> found_at(n + 8, 0xABABABABU);
        const std::size_t count = table.gather_nonzero(n, values.data(), offsets.data(), found.data(), found_at.data());
        ASSERT_EQ(count, expected.size());
        ASSERT_TRUE(same_bits({found.data(), count}, expected)) << n;
        ASSERT_TRUE(std::equal(expected_at.begin(), expected_at.end(), found_at.begin())) << n;
        ASSERT_TRUE(std::all_of(found.all().end() - kBefore, found.all().end(), [](float v) { return v == kGuard; }));
        ASSERT_EQ(std::count(found_at.begin() + static_cast<std::ptrdiff_t>(n), found_at.end(), 0xABABABABU), 8) << n;
      }
    }
  });
}

/// `terms` offsets, each so far below the one before: rows that overlap, as those of a convolution do.
std::vector<std::uint32_t> descending(std::size_t terms, std::size_t step) {
  std::vector<std::uint32_t> at(terms);
  for (std::size_t i = 0; i < terms; ++i) at[i] = static_cast<std::uint32_t>((terms - 1 - i) * step);
  return at;
}

/// Columns up to 300: whole blocks of registers of every path, and what they leave over.
std::vector<std::size_t> column_counts() {
  std::vector<std::size_t> counts;
  for (std::size_t cols = 0; cols <= kMost; ++cols) counts.push_back(cols);
  for (const std::size_t cols : {95U, 96U, 97U, 144U, 191U, 192U, 193U, 300U}) counts.push_back(cols);
  return counts;
}

TEST(Loops, GatherRowIsOneChainAColumn) {
  Values random(61);
  each_path([&](const KernelTable& table) {
    for (const std::size_t cols : column_counts()) {
      for (const std::size_t terms : {0U, 1U, 2U, 9U}) {
        const auto row = random.floats(terms * 5 + cols), values = random.floats(terms);
        const auto at = descending(terms, 5);
        ASSERT_TRUE(same_effect(
            random.floats(cols),
            [&](float* out) {
              table.gather_row({terms, at.data(), values.data(), cols, row.data(), out});
            },
            [&](float* out) {
              for (std::size_t i = 0; i < terms; ++i) {
                for (std::size_t c = 0; c < cols; ++c) out[c] = std::fmaf(values[i], row[at[i] + c], out[c]);
              }
            }))
            << cols << " columns, " << terms << " terms";
      }
    }
  });
}

/// Rows that overlap, in the order that the input gradient of a convolution has them, and one behind the other.
TEST(Loops, ScatterRowAddsInTheOrderOfItsTerms) {
  Values random(62);
  each_path([&](const KernelTable& table) {
    for (const std::size_t cols : column_counts()) {
      for (const std::size_t terms : {0U, 1U, 2U, 9U}) {
        for (const std::size_t step : {cols / 3, cols}) {
          const auto row = random.floats(cols), values = random.floats(terms);
          const auto at = descending(terms, step);
          ASSERT_TRUE(same_effect(
              random.floats(terms * step + cols),
              [&](float* out) {
                table.scatter_row({terms, at.data(), values.data(), cols, row.data(), out});
              },
              [&](float* out) {
                for (std::size_t i = 0; i < terms; ++i) {
                  for (std::size_t c = 0; c < cols; ++c) {
                    out[at[i] + c] = std::fmaf(values[i], row[c], out[at[i] + c]);
                  }
                }
              }))
              << cols << " columns, " << terms << " terms, " << step << " apart";
        }
      }
    }
  });
}

TEST(Loops, LargestMagnitudeHasNanAboveInfinity) {
  Values random(63);
  each_path([&](const KernelTable& table) {
    for (std::size_t n = 0; n <= kMost; ++n) {
      const auto values = n % 2 == 0 ? random.floats(n) : strange(random, n);
      std::uint32_t expected = 0;
      for (const float v : values) expected = std::max(expected, std::bit_cast<std::uint32_t>(v) & 0x7FFFFFFFU);
      ASSERT_EQ(table.largest_magnitude(n, values.data()), expected) << n;
    }
    for (std::size_t at = 0; at < 40; ++at) {
      std::vector<float> values(40, 1.0F);
      values[at] = -kInfinity;
      EXPECT_EQ(table.largest_magnitude(40, values.data()), 0x7F800000U);
      values[at] = std::nanf("");
      EXPECT_EQ(table.largest_magnitude(40, values.data()), 0x7FC00000U);
    }
  });
}

}  // namespace
}  // namespace freezenet::kernels
