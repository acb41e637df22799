// What the figures rest on: the counts that they are divided by, the statistics, the shape of what is printed.
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/bench/networks.h"
#include "tests/bench/report.h"

namespace freezenet::bench {
namespace {

TEST(BenchNetworks, MultiplyAddsByHand) {
  const Task mnist = mnist_network();
  const double first = 9.0 * 32 * 28 * 28, second = 32 * 9.0 * 64 * 14 * 14, dense = 3136.0 * 128 + 128 * 10;
  EXPECT_EQ(step_multiply_adds(mnist, plan_of(mnist).value()), 128 * (2 * first + 3 * second + 3 * dense));

  const Task cifar = cifar_network();
  double others = 1024.0 * 128 + 128 * 10, before = 32;
  for (const auto& [filters, side] : {std::pair{32.0, 32.0}, {64.0, 16.0}, {128.0, 8.0}, {256.0, 4.0}}) {
    if (filters > 32) others += before * 9 * filters * side * side;
    others += filters * 9 * filters * side * side;
    before = filters;
  }
  EXPECT_EQ(step_multiply_adds(cifar, plan_of(cifar).value()), 64 * (2 * 27.0 * 32 * 32 * 32 + 3 * others));
}

TEST(BenchNetworks, ActivationsByHand) {
  const Task mnist = mnist_network();
  EXPECT_EQ(activation_floats(mnist, plan_of(mnist).value()),
            128U * (784 + 32 * 784 + 32 * 196 + 64 * 196 + 64 * 49 + 128 + 10));
  const Task cifar = cifar_network();
  std::uint64_t a_sample = 3 * 1024 + 128 + 10;  // convolution and norm, twice, and the max-pool's quarter
  for (const auto& [filters, side] : {std::pair{32U, 32U}, {64U, 16U}, {128U, 8U}, {256U, 4U}}) {
    a_sample += std::uint64_t{filters} * side * side * 4 + filters * side * side / 4;
  }
  EXPECT_EQ(activation_floats(cifar, plan_of(cifar).value()), 64 * a_sample);
}

TEST(BenchPaired, MedianAndQuartiles) {
  const Spread odd = spread_of({5, 1, 4, 2, 3});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.low, 2);
  EXPECT_EQ(odd.high, 4);
  const Spread even = spread_of({4, 1, 3, 2});
  EXPECT_EQ(even.median, 2.5);
  EXPECT_EQ(even.low, 1.5);
  EXPECT_EQ(even.high, 3.5);
}

/// Busy for so many milliseconds of the clock.
Call busy(double milliseconds) {
  return [=] {
    for (const double end = now() + 1e-3 * milliseconds; now() < end;) {
    }
  };
}

TEST(BenchPaired, TheFasterOfTheirsCounts) {
  const Effort effort{.pairs = 3, .seconds = 0.01, .warm_up = 0};
  // Far apart: on a machine that does other things too, a call is now and then some dozen milliseconds late.
  const std::vector<Call> theirs{busy(200), busy(50)};
  const Paired paired = compare(busy(2), theirs, effort);
  EXPECT_EQ(paired.which, 1U);
  EXPECT_GT(paired.theirs, paired.ours);
  EXPECT_GT(paired.ratio.median, 1);
  EXPECT_LT(compare(busy(50), busy(2), effort).ratio.median, 1);
}

TEST(BenchReport, TheWorstRowOfEachKeyInTheTablesOrder) {
  std::FILE* const lines = std::tmpfile();
  Report report(lines);
  report.add("watermark_10m_ms", "a", {20, 19, 21}, "");
  report.add("watermark_10m_ms", "b", {10, 9, 11}, "");
  report.add("gemm_square_vs_openblas", "a", {1.5, 1, 2}, "");
  report.add("gemm_square_vs_openblas", "b", {0.75, 0, 1}, "");
  report.add("step_memory_ratio", "a", {1.0, 1.0, 1.0}, "");
  EXPECT_FALSE(report.any_failed());
  report.failed("step_memory_ratio", "b", "why");
  EXPECT_TRUE(report.any_failed());
  EXPECT_EQ(report.json(),
            "{\"gemm_square_vs_openblas\": 0.7500, \"gemm_conv_vs_openblas\": null, \"step_mnist_vs_libtorch\": null, "
            "\"step_cifar_vs_libtorch\": null, \"step_over_gemm_peak\": null, \"replay_over_train\": null, "
            "\"step_watermark5_over_none\": null, \"step_watermark70_over_none\": null, \"watermark_10m_ms\": 20.0000, "
            "\"step_memory_ratio\": null}");
  std::fclose(lines);
}

}  // namespace
}  // namespace freezenet::bench
