#include "daemon/lab/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/daemon/lab/lab_fixture.h"

namespace freezenet::lab {
namespace {

using testing::HasSubstr;

TEST(DurationText, IsWhatAPersonSays) {
  EXPECT_EQ(duration_text(-1), "0 s");
  EXPECT_EQ(duration_text(7.6), "8 s");
  EXPECT_EQ(duration_text(125), "2 min 05 s");
  EXPECT_EQ(duration_text(3 * 3600 + 65), "3 h 01 min");
}

class ProgressTest : public test::LabTest {
 protected:
  /// What is printed for steps at these times.
  std::string shown(bool terminal, std::initializer_list<double> times) {
    TrainingRun lab = run({.seed = {}, .watermark_ppm = 0, .rates = {0.1F}});
    Progress progress(100, task.batch, terminal);
    testing::internal::CaptureStderr();
    for (const double seconds : times) {
      advance(lab, 1);
      progress.step(lab, seconds);
    }
    progress.clear();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(ProgressTest, ALogGetsALineEveryFewSeconds) {
  const std::string text = shown(false, {1, 2, 3, 5.9, 6.0, 7, 10.9, 11.0});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_THAT(text, HasSubstr("step 5/100  epoch 0.11  loss "));
  // Four steps of 32 samples in the five seconds behind the first: 95 steps are left.
  EXPECT_THAT(text, HasSubstr(" 26 samples/s  1 min 59 s left\n"));
}

TEST_F(ProgressTest, ATerminalGetsOneLineThatIsWrittenOverAndGoesAway) {
  const std::string text = shown(true, {0, 0.05, 0.2, 0.25});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 0) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 2) << text;
  EXPECT_TRUE(text.ends_with("\r\x1b[K")) << text;
}

}  // namespace
}  // namespace freezenet::lab
