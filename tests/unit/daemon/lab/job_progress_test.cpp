#include "daemon/lab/job_progress.h"

#include <csignal>

#include <gtest/gtest.h>

namespace freezenet::lab {
namespace {

TEST(JobProgress, SaysWhatIsLeft) {
  EXPECT_EQ(JobProgress::line("embedding", 0.25, 30), "embedding  25%  1 min 30 s left");
  EXPECT_EQ(JobProgress::line("embedding", 0, 30), "embedding  0%");
  EXPECT_EQ(JobProgress::line("embedding", 1, 30), "embedding  100%  0 s left");
  EXPECT_EQ(JobProgress::line("asking, query 50", -1, 30), "asking, query 50  30 s so far");
}

TEST(JobProgress, ASignalStopsTheJob) {
  Interruption interruption;
  JobProgress progress(interruption, false);
  EXPECT_TRUE(progress.tell("a", 0.5));
  ::raise(SIGINT);
  EXPECT_FALSE(progress.tell("a", 0.6));
}

}  // namespace
}  // namespace freezenet::lab
