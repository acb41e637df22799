#include "training/kernels/gemm.h"

#include <limits>

#include "tests/unit/training/kernels/kernel_fixture.h"

namespace freezenet::kernels {
namespace {

struct Case {
  GemmShape shape;
  bool left_by_columns, right_by_columns;  ///< how the matrices lie in memory
};

struct Data {
  std::vector<float> left, right, before;
  std::size_t out_row;
  LeftMatrix a;
  RightMatrix b;

  Data(const Case& c, Values& random)
      : left(random.floats(c.shape.rows * c.shape.depth)),
        right(random.floats(c.shape.depth * c.shape.cols)),
        before(random.floats(c.shape.rows * (c.shape.cols + 3))),
        out_row(c.shape.cols + 3),
        a(c.left_by_columns ? LeftMatrix{left.data(), 1, c.shape.rows} : LeftMatrix{left.data(), c.shape.depth, 1}),
        b(c.right_by_columns ? RightMatrix{right.data(), 1, c.shape.depth}
                             : RightMatrix{right.data(), c.shape.cols, 1}) {}

  /// What lies between the rows of `before` stays as it is.
  [[nodiscard]] std::vector<float> expected(const GemmShape& s, GemmChain chain, TileEnd end) const {
    auto out = before;
    for (std::size_t r = 0; r < s.rows; ++r) {
      for (std::size_t c = 0; c < s.cols; ++c) {
        float& value = out[r * out_row + c];
        Chain sum(chain == GemmChain::kWhole ? 0.0F : value);
        for (std::size_t k = 0; k < s.depth; ++k)
          sum.add(a.data[r * a.row + k * a.depth], b.data[k * b.depth + c * b.col]);
        EXPECT_TRUE(sum.plausible());
        value = end == TileEnd::kRelu && !(sum.value() > 0.0F) ? 0.0F : sum.value();
      }
    }
    return out;
  }
};

void check(const Case& c, Values& random, const std::vector<TestDevice>& devices) {
  const GemmShape& s = c.shape;
  SCOPED_TRACE(testing::Message() << s.rows << "x" << s.cols << "x" << s.depth << (c.left_by_columns ? " left" : "")
                                  << (c.right_by_columns ? " right" : ""));
  const Data d(c, random);
  for (const GemmChain chain : {GemmChain::kWhole, GemmChain::kFromOut}) {
    const auto closed = d.expected(s, chain, TileEnd::kClosed);
    const auto rectified = d.expected(s, chain, TileEnd::kRelu);
    for (const TestDevice& test : devices) {
      const Device device = test.device();
      std::vector<float> scratch(gemm_scratch(device.table, s, device.pool.threads()), std::nanf(""));
      auto out = d.before;
      gemm(device, s, d.a, d.b, out.data(), d.out_row, chain, scratch.data());
      ASSERT_TRUE(same_bits(out, closed)) << test.label;
      out = d.before;
      gemm_part(device.table, s, d.a, d.b, out.data(), d.out_row, chain, TileEnd::kRelu, scratch.data());
      ASSERT_TRUE(same_bits(out, rectified)) << test.label << " rectified";
    }
  }
}

TEST(Gemm, EveryOutputIsOneChainOnEveryPathAndThreadCount) {
  Values random(1);
  const auto devices = test_devices();
  for (const GemmShape& s : std::vector<GemmShape>{
           {1, 1, 1}, {6, 16, 5}, {12, 32, 7}, {13, 33, 3}, {7, 17, 64}, {5, 100, 2}, {25, 31, 33}, {24, 64, 32}}) {
    for (const int layout : {0, 1, 2, 3}) check({s, (layout & 1) != 0, (layout & 2) != 0}, random, devices);
  }
  for (int i = 0; i < 30; ++i) {
    check({{random.between(1, 30), random.between(1, 70), random.between(1, 60)},
           random.between(0, 1) == 1,
           random.between(0, 1) == 1},
          random, devices);
    if (HasFatalFailure()) return;
  }
}

TEST(Gemm, EmptyOnes) {
  Values random(2);
  const auto devices = test_devices();
  for (const GemmShape& s : std::vector<GemmShape>{{0, 5, 3}, {5, 0, 3}, {5, 3, 0}, {0, 0, 0}, {1, 1, 0}}) {
    check({s, false, false}, random, devices);
    check({s, false, true}, random, devices);
  }
}

TEST(Gemm, ChainsAndRowsAndColumnsLongerThanABlock) {
  Values random(3);
  const auto devices = test_devices();
  check({{75, 5, 1100}, false, false}, random, devices);
  check({{260, 3, 40}, false, false}, random, devices);
  check({{2, 1050, 40}, false, true}, random, devices);
  check({{2, 1050, 9}, false, false}, random, devices);
}

TEST(Gemm, ClosedChainsNeverEndInNegativeZero) {
  // An exact product below the smallest denormal, negative, rounds to -0 inside the chain.
  const std::vector<float> left = {0x1p-100F}, right(40, -0x1p-100F);
  for (const TestDevice& test : test_devices()) {
    const Device device = test.device();
    std::vector<float> out(40, 1.0F);
    std::vector<float> scratch(gemm_scratch(device.table, {1, 40, 1}, device.pool.threads()));
    gemm(device, {1, 40, 1}, {left.data(), 1, 1}, {right.data(), 40, 1}, out.data(), 40, GemmChain::kWhole,
         scratch.data());
    EXPECT_TRUE(same_bits(out, std::vector<float>(40, 0.0F))) << test.label;
  }
}

TEST(Gemm, ReluTurnsNanAndNegativeZeroIntoZero) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> right = {std::nanf(""), -0x1p-140F, -1.0F, kInfinity, -kInfinity, 2.0F, 0.0F};
  const std::vector<float> expected = {0.0F, 0.0F, 0.0F, kInfinity, 0.0F, 0x1p-29F, 0.0F};
  const std::vector<float> left = {0x1p-30F};
  for (const Path path : available_paths()) {
    const KernelTable& table = table_of(path);
    std::vector<float> out(right.size(), 7.0F), scratch(gemm_part_scratch(table, {1, right.size(), 1}));
    gemm_part(table, {1, right.size(), 1}, {left.data(), 1, 1}, {right.data(), right.size(), 1}, out.data(),
              right.size(), GemmChain::kWhole, TileEnd::kRelu, scratch.data());
    EXPECT_TRUE(same_bits(out, expected)) << name(path);
  }
}

TEST(Gemm, SliversAreEvenAndCoverTheRows) {
  for (const Path path : available_paths()) {
    const KernelTable& table = table_of(path);
    for (std::size_t rows = 0; rows < 60; ++rows) {
      std::size_t next = 0, least = SIZE_MAX, most = 0;
      for (std::size_t i = 0; i < sliver_count(table, rows); ++i) {
        const Sliver sliver = sliver_of(table, rows, i);
        EXPECT_EQ(sliver.first, next);
        next += sliver.rows;
        least = std::min(least, sliver.rows);
        most = std::max(most, sliver.rows);
      }
      EXPECT_EQ(next, rows);
      if (rows > 0) {
        EXPECT_LE(most, table.tile_rows);
        EXPECT_LE(most - least, 1U);
      }
    }
  }
}

}  // namespace
}  // namespace freezenet::kernels
