#include "training/experiments/point_table.h"

#include <gtest/gtest.h>

#include "tests/unit/training/experiments/temporary_folder.h"

namespace freezenet::experiments {
namespace {

using Row = PointTable::Row;
const Row kColumns = {"a", "b", "value"};

class PointTableTest : public ::testing::Test {
 protected:
  PointTable open() {
    auto table = PointTable::open(file_, kColumns, 2);
    EXPECT_TRUE(table) << table.error().message();
    return std::move(*table);
  }
  /// Refused, and the file is as it was.
  RejectCode refused(const std::string& text) {
    write_text(file_, text);
    const auto table = PointTable::open(file_, kColumns, 2);
    EXPECT_FALSE(table);
    EXPECT_EQ(text_of(file_), text);
    return table ? RejectCode::kCancelled : table.error().code;
  }
  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "table.csv";
};

TEST_F(PointTableTest, KeepsRowsByName) {
  {
    PointTable table = open();
    EXPECT_TRUE(table.add({"x", "1"}, {"0.5"}));
    EXPECT_EQ(text_of(file_), "a,b,value\nx,1,0.5\n");  // at once, not at the end
    EXPECT_TRUE(table.add({"x", "2"}, {"0.25"}));
  }
  PointTable again = open();
  EXPECT_TRUE(again.has({"x", "2"}));
  EXPECT_FALSE(again.has({"x", "3"}));
  ASSERT_NE(again.find({"x", "1"}), nullptr);
  EXPECT_EQ((*again.find({"x", "1"}))[2], "0.5");
  EXPECT_EQ(again.rows().size(), 2U);
}

TEST_F(PointTableTest, ALineThatWasCutOffIsNoRow) {
  for (const char* rest : {"x,2,0.", "x,2", "x,2,0.25"}) {
    write_text(file_, std::string("a,b,value\nx,1,0.5\n") + rest);
    EXPECT_EQ(PointTable::read(file_, kColumns, 2)->size(), 1U);
    PointTable table = open();
    EXPECT_FALSE(table.has({"x", "2"}));
    EXPECT_TRUE(table.add({"x", "2"}, {"0.75"}));
    EXPECT_EQ(text_of(file_), "a,b,value\nx,1,0.5\nx,2,0.75\n");
  }
  // So is a heading.
  write_text(file_, "a,b,va");
  open();
  EXPECT_EQ(text_of(file_), "a,b,value\n");
}

TEST_F(PointTableTest, LeavesOtherFilesAlone) {
  EXPECT_EQ(refused("a,b,other\n"), RejectCode::kConfig);
  EXPECT_EQ(refused("#!/bin/sh\nrm\n"), RejectCode::kConfig);
  EXPECT_EQ(refused("a,b,value\nx,1\n"), RejectCode::kConfig);
  EXPECT_EQ(refused("a,b,value\nx,1,2,3\n"), RejectCode::kConfig);
  EXPECT_EQ(refused("a,b,value\nx,1,<b>\n"), RejectCode::kConfig);
  EXPECT_EQ(refused("a,b,value\nx,1,2\nx,1,3\n"), RejectCode::kConfig);
}

TEST_F(PointTableTest, OneProcessWritesAtATime) {
  const PointTable table = open();
  const auto second = PointTable::open(file_, kColumns, 2);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, RejectCode::kConfig);
}

TEST_F(PointTableTest, TakesNoRowThatItWouldNotRead) {
  PointTable table = open();
  EXPECT_EQ(table.add({"x", "1"}, {"a,b"}).error().code, RejectCode::kConfig);
  EXPECT_EQ(table.add({"x", "1"}, {"a\nb"}).error().code, RejectCode::kConfig);
  EXPECT_EQ(table.add({"x"}, {"1"}).error().code, RejectCode::kConfig);
  EXPECT_EQ(text_of(file_), "a,b,value\n");
}

TEST_F(PointTableTest, AFileThatIsNotThereHasNoRows) {
  EXPECT_TRUE(PointTable::read(file_, kColumns, 2)->empty());
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace freezenet::experiments
