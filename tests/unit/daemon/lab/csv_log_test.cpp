#include "daemon/lab/csv_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/daemon/lab/lab_fixture.h"

namespace freezenet::lab {
namespace {

constexpr const char* kHeader = "step,epoch,loss,train_accuracy,evaluation_accuracy,seconds\n";

class CsvLogTest : public test::LabTest {};

TEST_F(CsvLogTest, ARowIsThereAsSoonAsItWasAdded) {
  auto log = CsvLog::open(folder / "a.csv", {}, 10);
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(read("a.csv"), kHeader);
  ASSERT_TRUE(log->add({44, 1, 0.5, 0.75, 0.8125, 2.25}).has_value());
  EXPECT_EQ(read("a.csv"), std::string(kHeader) + "44,1.000000,0.5,0.750000,0.812500,2.250\n");
}

TEST_F(CsvLogTest, ResumedItKeepsTheRowsUpToTheCheckpoint) {
  const std::string rows = std::string(kHeader) + "10,1,1,1,1,1\n20,2,2,2,2,2\n";
  write("a.csv", rows + "30,3,3,3,3,3\n4");
  ASSERT_TRUE(CsvLog::open(folder / "a.csv", 20, 10).has_value());
  EXPECT_EQ(read("a.csv"), rows);
  ASSERT_TRUE(CsvLog::open(folder / "a.csv", 19, 10)->add({20, 2, 5, 1, 1, 1}).has_value());
  EXPECT_EQ(read("a.csv"), std::string(kHeader) + "10,1,1,1,1,1\n20,2.000000,5,1.000000,1.000000,1.000\n");
  ASSERT_TRUE(CsvLog::open(folder / "b.csv", 20, 10).has_value());
  EXPECT_EQ(read("b.csv"), kHeader);
}

TEST_F(CsvLogTest, TheRowAtTheEndOfAShorterRunIsNoRowOfALongerOne) {
  const std::string rows = std::string(kHeader) + "10,1,1,1,1,1\n";
  write("a.csv", rows + "15,2,2,2,2,2\n");
  ASSERT_TRUE(CsvLog::open(folder / "a.csv", 15, 10).has_value());
  EXPECT_EQ(read("a.csv"), rows);
}

TEST_F(CsvLogTest, AnEarlierRunsTableIsLeftAlone) {
  const std::string rows = std::string(kHeader) + "10,1,1,1,1,1\n";
  write("a.csv", rows);
  const auto log = CsvLog::open(folder / "a.csv", {}, 10);
  ASSERT_FALSE(log.has_value());
  EXPECT_THAT(log.error().detail, testing::HasSubstr("--resume"));
  EXPECT_EQ(read("a.csv"), rows);
  write("b.csv", "");
  EXPECT_TRUE(CsvLog::open(folder / "b.csv", {}, 10).has_value());
}

TEST_F(CsvLogTest, TwoRunsDoNotWriteOneTable) {
  {
    const auto log = CsvLog::open(folder / "a.csv", {}, 10);
    ASSERT_TRUE(log.has_value());
    const auto other = CsvLog::open(folder / "a.csv", 10, 10);
    ASSERT_FALSE(other.has_value());
    EXPECT_THAT(other.error().detail, testing::HasSubstr("another run is writing"));
  }
  EXPECT_TRUE(CsvLog::open(folder / "a.csv", 10, 10).has_value());
}

TEST_F(CsvLogTest, SomebodysOtherFileIsLeftAlone) {
  write("a.csv", "my notes\n");
  const auto log = CsvLog::open(folder / "a.csv", {}, 10);
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, RejectCode::kConfig);
  EXPECT_EQ(read("a.csv"), "my notes\n");
}

}  // namespace
}  // namespace freezenet::lab
