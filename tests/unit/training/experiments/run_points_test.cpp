#include "training/experiments/run_points.h"

#include <gtest/gtest.h>

#include "tests/unit/training/experiments/temporary_folder.h"

namespace freezenet::experiments {
namespace {

using Row = PointTable::Row;
const Row kColumns = {"name", "value"};

class RunPointsTest : public ::testing::Test {
 protected:
  RunPointsTest() {
    observer_.seconds = [this] { return seconds_ += 10; };
    observer_.interrupted = [this] { return stop_; };
    observer_.show = [this](const std::string& line) { shown_ = line; };
  }
  std::vector<Point> points(std::size_t count) {
    std::vector<Point> out;
    for (std::size_t i = 0; i < count; ++i) {
      out.push_back({{"p" + std::to_string(i)}, 1, [this, i](WorkClock& clock) -> Result<Row> {
                       ++runs_;
                       if (i == stops_at_) stop_ = true;
                       if (!clock.tick(.5, "half")) return reject(RejectCode::kCancelled);
                       return Row{std::to_string(i * i)};
                     }});
    }
    return out;
  }
  Result<> run(std::size_t count) {
    auto table = PointTable::open(file_, kColumns, 1);
    EXPECT_TRUE(table);
    return run_points(*table, points(count), observer_);
  }

  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "table.csv";
  Observer observer_;
  double seconds_ = 0;
  bool stop_ = false;
  std::size_t stops_at_ = SIZE_MAX;
  std::size_t runs_ = 0;
  std::string shown_;
};

TEST_F(RunPointsTest, ARunThatWasStoppedGoesOnToTheSameTable) {
  ASSERT_TRUE(run(5));
  const std::string whole = text_of(file_);
  std::filesystem::remove(file_);
  runs_ = 0;
  stops_at_ = 2;
  const auto stopped = run(5);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, RejectCode::kCancelled);
  EXPECT_EQ(text_of(file_), "name,value\np0,0\np1,1\n");
  EXPECT_EQ(runs_, 3U);
  stop_ = false;
  stops_at_ = SIZE_MAX;
  ASSERT_TRUE(run(5));
  EXPECT_EQ(text_of(file_), whole);
  EXPECT_EQ(runs_, 3U + 3U);  // the one that was broken off, and the two behind it
  ASSERT_TRUE(run(5));
  EXPECT_EQ(runs_, 6U);
}

TEST_F(RunPointsTest, ShowsWhatIsLeft) {
  ASSERT_TRUE(run(2));
  // A clock that goes on by 10 s each time it is asked: half of the second of two points is left.
  EXPECT_EQ(shown_.substr(0, 20), "point 2/2 p1  half  ");
  EXPECT_NE(shown_.find(" left"), std::string::npos);
}

TEST(TimeTextTest, HasTwoUnits) {
  EXPECT_EQ(time_text(-1), "0 s");
  EXPECT_EQ(time_text(59.6), "1 min 00 s");
  EXPECT_EQ(time_text(3900), "1 h 05 min");
}

}  // namespace
}  // namespace freezenet::experiments
