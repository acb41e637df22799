#include "daemon/lab/job_progress.h"

#include <chrono>
#include <csignal>
#include <future>
#include <thread>

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

/// OpenBLAS starts threads when it is loaded, before anybody could say that signals wait.
TEST(JobProgress, ASignalThatAnEarlierThreadGetsStopsTheJobToo) {
  std::promise<void> may_end;
  std::thread earlier([waits = may_end.get_future()] { waits.wait(); });
  {
    Interruption interruption;
    JobProgress progress(interruption, false);
    EXPECT_TRUE(progress.tell("a", 0.5));
    ::pthread_kill(earlier.native_handle(), SIGINT);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    bool stopped = false;
    while (!stopped && std::chrono::steady_clock::now() < deadline) stopped = !progress.tell("a", 0.6);
    EXPECT_TRUE(stopped);
  }
  may_end.set_value();
  earlier.join();
}

}  // namespace
}  // namespace freezenet::lab
