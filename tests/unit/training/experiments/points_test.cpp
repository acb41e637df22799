#include "training/experiments/points.h"

#include <gtest/gtest.h>

namespace freezenet::experiments {
namespace {

using Row = PointTable::Row;

TrainingPoint sample_point() {
  TrainingPoint point;
  point.setting = {"digits", "seed", 1437, 3};
  point.mark = {"unit", 100'000};
  point.start = "scratch";
  point.seed = 7;
  point.curve = {.1, .5, 2.0 / 3, .625};
  point.positions = 9982;
  point.seconds = 12.34;
  return point;
}

Row row_of(const TrainingPoint& point) {
  Row row = point.key();
  const Row values = point.values();
  row.insert(row.end(), values.begin(), values.end());
  return row;
}

TEST(PointsTest, ARowIsThePoint) {
  const TrainingPoint point = sample_point();
  const auto again = TrainingPoint::from(row_of(point));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(row_of(*again), row_of(point));
  EXPECT_EQ(again->curve, point.curve);
  EXPECT_EQ(row_of(point).size(), TrainingPoint::columns().size());
  EXPECT_EQ(point.key().size(), TrainingPoint::kKeys);
}

TEST(PointsTest, RefusesCellsThatAreNoValues) {
  const Row good = row_of(sample_point());
  for (const auto& [column, text] : std::vector<std::pair<std::size_t, const char*>>{{2, "-"},
                                                                                     {3, "3.5"},
                                                                                     {5, "x"},
                                                                                     {7, "-1"},
                                                                                     {8, ""},
                                                                                     {10, "nan"},
                                                                                     {11, "1.5"},
                                                                                     {13, "0.1 0.2"},
                                                                                     {13, "0.1 0.2 0.3 9"}}) {
    Row bad = good;
    bad[column] = text;
    const auto point = TrainingPoint::from(bad);
    ASSERT_FALSE(point) << column << " " << text;
    EXPECT_EQ(point.error().code, RejectCode::kBadEncoding);
  }
}

TEST(PointsTest, CurvesSayHowFastAndHowWell) {
  const TrainingPoint point = sample_point();
  EXPECT_EQ(point.final_accuracy(), .625);
  EXPECT_EQ(point.best_accuracy(), 2.0 / 3);
  EXPECT_EQ(point.epochs_to(.7), 1U);
  EXPECT_EQ(point.epochs_to(.8), 2U);
  // What stands before the first epoch is the start, not what was learned.
  TrainingPoint trained = point;
  trained.curve = {.9, .4, .5, .45};
  EXPECT_EQ(trained.best_accuracy(), .5);
  EXPECT_EQ(trained.epochs_to(.8), 1U);
}

TEST(PointsTest, MediansOfOddAndEvenNumbers) {
  EXPECT_EQ(median_of({3}), 3);
  EXPECT_EQ(median_of({9, 1, 5}), 5);
  EXPECT_EQ(median_of({1, 9, 5, 3}), 4);
}

}  // namespace
}  // namespace freezenet::experiments
