#include "daemon/worker/run_worker.h"

#include <gtest/gtest.h>

namespace freezenet::worker {
namespace {

/// The last bit of one weight, like a processor with a worn unit.
std::uint32_t update_with_a_fault(const kernels::UpdateArguments& u) {
  const std::uint32_t largest = kernels::table_of(kernels::best_path()).update(u);
  if (u.frozen == nullptr || u.frozen[0] == 0) u.weights[0] += 0x1p-20F;
  return largest;
}

TEST(RunWorker, RefusesToMineOnAMachineThatComputesOtherBits) {
  kernels::KernelTable loops = kernels::table_of(kernels::best_path());
  loops.update = update_with_a_fault;
  WorkerOptions options;
  options.network = "regtest";
  options.datadir = "/nowhere";
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_worker(options, &loops), 1);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "") << "it got as far as to mine";
  const std::string why = testing::internal::GetCapturedStderr();
  EXPECT_NE(why.find("it does not mine. Try --kernel portable"), std::string::npos) << why;
}

}  // namespace
}  // namespace freezenet::worker
