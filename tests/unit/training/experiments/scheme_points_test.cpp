#include "training/experiments/scheme_points.h"

#include <limits>

#include <gtest/gtest.h>

namespace freezenet::experiments {
namespace {

using Row = PointTable::Row;

template <typename T>
Row row_of(const T& point) {
  Row row = point.key();
  const Row values = point.values();
  row.insert(row.end(), values.begin(), values.end());
  return row;
}

template <typename T>
void expect_same_row(const T& point) {
  const Row row = row_of(point);
  ASSERT_EQ(row.size(), T::columns().size());
  EXPECT_EQ(point.key().size(), T::kKeys);
  for (const std::string& cell : row) EXPECT_TRUE(is_plain_cell(cell)) << cell;
  const auto again = T::from(row);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(row_of(*again), row);
}

TEST(SchemePointsTest, ARowIsThePoint) {
  RobustnessPoint robustness;
  robustness.setting = {"mnist", "cnn", 10000, 15};
  robustness.scheme = "gradsigns-64";
  robustness.attack = "ftal-1e-4";
  robustness.seed = 3;
  robustness.box = "black";
  robustness.clean = .9812;
  robustness.matches = 63;
  robustness.trials = 64;
  robustness.chance = .5;
  robustness.log10_p = -std::numeric_limits<double>::infinity();
  robustness.found = true;
  robustness.measures = "bit error rate=0.0156; deviation of 0_weight=0.0583";
  expect_same_row(robustness);
  EXPECT_EQ(robustness.rate(), 63.0 / 64);
  PiracyPoint piracy;
  piracy.setting = robustness.setting;
  piracy.optimiser = "sgd";
  piracy.rate = 1e-4;
  piracy.share = .05;
  piracy.owner_true = 1;
  expect_same_row(piracy);
}

TEST(SchemePointsTest, RefusesSharesThatAreNone) {
  RobustnessPoint point;
  point.setting = {"mnist", "cnn", 10000, 15};
  point.box = "white";
  Row row = row_of(point);
  for (const char* text : {"1.01", "-0.1", "nan", "", "1,5"}) {
    row[9] = text;  // "marked"
    const auto read = RobustnessPoint::from(row);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, RejectCode::kBadEncoding);
  }
}

}  // namespace
}  // namespace freezenet::experiments
