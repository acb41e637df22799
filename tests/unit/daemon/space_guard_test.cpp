#include "daemon/space_guard.h"

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using std::chrono::seconds;

class SpaceGuardTest : public testing::Test {
 protected:
  SpaceGuard guard(std::uint64_t least) {
    return SpaceGuard({least, [this] { return free_; }});
  }
  Result<std::uint64_t> free_ = std::uint64_t{1'000'000'000};
  SpaceGuard::Clock::time_point now_{};
  const Reject full_{RejectCode::kDiskFull, "cannot write FILE"};
};

TEST_F(SpaceGuardTest, PausesBelowTheLimitAndGoesOnWithAMargin) {
  SpaceGuard g = guard(200'000'000);
  EXPECT_FALSE(g.look(now_));
  free_ = 199'000'000;
  EXPECT_TRUE(g.look(now_));
  EXPECT_NE(g.paused().find("199 MB free, less than the 200 MB"), std::string::npos) << g.paused();
  EXPECT_FALSE(g.look(now_)) << "told once";
  free_ = 210'000'000;
  EXPECT_FALSE(g.look(now_)) << "within the margin";
  free_ = 220'000'000;
  EXPECT_TRUE(g.look(now_));
  EXPECT_TRUE(g.paused().empty());
}

TEST_F(SpaceGuardTest, AWriteThatFindsNoRoomCountsWithoutALimit) {
  SpaceGuard g = guard(0);
  free_ = 0;
  EXPECT_FALSE(g.look(now_));
  EXPECT_TRUE(g.hit(full_, now_));
  EXPECT_EQ(g.paused(), "cannot write FILE");
  EXPECT_FALSE(g.hit(full_, now_));
  now_ += seconds(10);
  EXPECT_FALSE(g.look(now_)) << "there is still none";
  free_ = 100'000'000;
  EXPECT_TRUE(g.look(now_));
}

TEST_F(SpaceGuardTest, WaitsLongerEachTimeWhereRoomIsShownAndNoneIsThere) {
  SpaceGuard g = guard(0);
  for (const int wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
    ASSERT_TRUE(g.hit(full_, now_));
    EXPECT_FALSE(g.look(now_ + seconds(wait) - std::chrono::milliseconds(1))) << wait;
    now_ += seconds(wait);
    ASSERT_TRUE(g.look(now_)) << wait;
  }
  now_ += seconds(601);
  ASSERT_TRUE(g.hit(full_, now_));
  EXPECT_TRUE(g.look(now_ + seconds(1))) << "an old failure is forgotten";
}

TEST_F(SpaceGuardTest, AFileSystemThatDoesNotAnswerChangesNothing) {
  SpaceGuard g = guard(200'000'000);
  free_ = reject(RejectCode::kStorage, "x");
  EXPECT_FALSE(g.look(now_));
  free_ = 0;
  EXPECT_TRUE(g.look(now_));
  free_ = reject(RejectCode::kStorage, "x");
  EXPECT_FALSE(g.look(now_));
  EXPECT_FALSE(g.paused().empty());
}

}  // namespace
}  // namespace freezenet::daemon
