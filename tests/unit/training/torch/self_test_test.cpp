#include "training/torch/self_test.h"

#include <cmath>
#include <iostream>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/golden.h"
#include "training/torch/threads.h"

namespace freezenet::training {
namespace {

using kernels::KernelTable;

/// The portable loops, with something wrong in them that each test names.
const KernelTable& right() { return kernels::table_of(kernels::Path::kPortable); }

Reject caught(const KernelTable& wrong) {
  const auto report = self_test(digits_task(), digits_dataset().value(),
                                {.path = kernels::Path::kPortable, .threads = 1, .table = &wrong});
  EXPECT_FALSE(report.has_value());
  if (report) return {RejectCode::kConfig, "not caught"};
  EXPECT_EQ(report.error().code, RejectCode::kSelfTestFailed);
  std::cout << "caught: " << report.error().message() << "\n";
  return report.error();
}

TEST(SelfTest, PassesOnEveryPathOfThisMachine) {
  const Dataset dataset = digits_dataset().value();
  for (const kernels::Path path : kernels::available_paths()) {
    for (const unsigned threads : {1U, 2U}) {
      const auto report = self_test(digits_task(), dataset, {.path = path, .threads = threads});
      ASSERT_TRUE(report.has_value()) << report.error().message();
      std::cout << report->path << ", " << report->threads << " threads: largest error " << report->max_error << ", "
                << report->milliseconds << " ms\n";
      EXPECT_EQ(report->path, kernels::name(path));
      EXPECT_EQ(report->threads, threads);
      EXPECT_GT(report->max_error, 0.0);
    }
  }
}

TEST(SelfTest, TheRightLoopsInPlaceOfThePathsPass) {
  const KernelTable copy = right();
  EXPECT_TRUE(self_test(digits_task(), digits_dataset().value(),
                        {.path = kernels::Path::kPortable, .threads = 1, .table = &copy})
                  .has_value());
}

TEST(SelfTest, ALoopThatForgetsATermIsCaughtByLibTorch) {
  KernelTable wrong = right();
  wrong.tile = [](const kernels::TileArguments& arguments) {
    kernels::TileArguments shorter = arguments;
    if (shorter.depth > 1) --shorter.depth;
    right().tile(shorter);
  };
  EXPECT_NE(caught(wrong).detail.find("differ from LibTorch"), std::string::npos);
}

TEST(SelfTest, AWrongUpdateIsCaughtByLibTorch) {
  KernelTable wrong = right();
  wrong.update = [](const kernels::UpdateArguments& arguments) {
    kernels::UpdateArguments other = arguments;
    other.momentum_factor *= 0.99F;
    return right().update(other);
  };
  EXPECT_NE(caught(wrong).detail.find("momentum of 0.weight differ"), std::string::npos);
}

TEST(SelfTest, AnUpdateThatForgetsTheMaskIsCaught) {
  KernelTable wrong = right();
  wrong.update = [](const kernels::UpdateArguments& arguments) {
    kernels::UpdateArguments other = arguments;
    other.frozen = nullptr;
    return right().update(other);
  };
  caught(wrong);
}

/// The elements of both pieces of a tile: calls visit(row, offset in b's row, output) for each.
template <typename Visit>
void each_output(const kernels::TileArguments& t, const Visit& visit) {
  for (std::size_t r = 0; r < std::size_t{t.groups} * t.group_rows; ++r) {
    float* const out = t.out + r * t.out_row;
    for (std::size_t c = 0; c < t.cols; ++c) visit(r, c, out[c]);
    for (std::size_t c = 0; c < t.cols_second; ++c) visit(r, t.b_second + c, out[t.out_second + c]);
  }
}

/// A tile from its definition; `step` adds a product to a sum, `close` ends a chain that ends here.
template <typename Step, typename Close>
void tile_of(const kernels::TileArguments& t, const Step& step, const Close& close) {
  each_output(t, [&](std::size_t r, std::size_t column, float& out) {
    float sum = t.start != nullptr ? t.start[r] : out;
    const std::size_t row = r / t.group_rows * t.a_group + r % t.group_rows;
    for (std::size_t k = 0; k < t.depth; ++k) sum = step(t.a[t.a_at[k] + row], t.b[t.b_at[k] + column], sum);
    out = t.end == kernels::TileEnd::kOpen ? sum : close(sum, t.end);
  });
}

float fused(float a, float b, float sum) { return std::fmaf(a, b, sum); }
float twice_rounded(float a, float b, float sum) {
  const volatile float product = a * b;
  return sum + product;
}
float closed(float sum, kernels::TileEnd end) {
  if (end == kernels::TileEnd::kRelu) return sum > 0 ? sum : 0.0F;
  return sum + 0.0F;
}
/// So that the tests below are caught for what they change, not for how they are written.
TEST(SelfTest, ATileWrittenAsItsDefinitionPasses) {
  KernelTable plain = right();
  plain.tile = [](const kernels::TileArguments& t) { tile_of(t, fused, closed); };
  const auto report = self_test(digits_task(), digits_dataset().value(),
                                {.path = kernels::Path::kPortable, .threads = 1, .table = &plain});
  EXPECT_TRUE(report.has_value()) << report.error().message();
}

/// One unit in the last place, in one output of each tile: far below any tolerance, and another chain all the same.
TEST(SelfTest, OneWrongLastBitIsCaughtByTheGoldenSegment) {
  KernelTable wrong = right();
  wrong.tile = [](const kernels::TileArguments& t) {
    right().tile(t);
    if (t.end != kernels::TileEnd::kOpen && t.out[0] != 0) t.out[0] = std::nextafterf(t.out[0], 0.0F);
  };
  const Reject why = caught(wrong);
  EXPECT_NE(why.detail.find("golden segment"), std::string::npos);
  EXPECT_NE(why.detail.find(kGoldenSegment), std::string::npos);
}

TEST(SelfTest, AProductRoundedByItselfIsCaughtByTheGoldenSegment) {
  KernelTable wrong = right();
  wrong.tile = [](const kernels::TileArguments& t) { tile_of(t, twice_rounded, closed); };
  EXPECT_NE(caught(wrong).detail.find("golden segment"), std::string::npos);
}

TEST(SelfTest, ADatasetOfAnotherTaskIsNamed) {
  Task task = digits_task();
  task.dataset.root.bytes[3] ^= 1;
  const auto report = self_test(task, digits_dataset().value(), {});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, RejectCode::kBadDataset);
}

TEST(Threads, AreSetOnceAndDescribed) {
  EXPECT_TRUE(configure_torch(1));
  EXPECT_NE(describe_torch().find("1 threads"), std::string::npos) << describe_torch();
}

}  // namespace
}  // namespace freezenet::training
