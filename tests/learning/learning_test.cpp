#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/learning/record.h"
#include "tests/learning/verdict.h"

namespace freezenet::learning {
namespace {

TEST(LearningVerdict, WithinPointsOrTheBaselinesSpread) {
  const std::vector<double> narrow{98.0, 98.1, 98.2, 98.3, 98.4};
  EXPECT_TRUE(judge({98.0, 98.2, 98.3, 98.35, 98.5}, narrow, 0.2, 10).same);
  EXPECT_FALSE(judge({98.0, 98.2, 98.5, 98.6, 98.7}, narrow, 0.2, 10).same);
  EXPECT_FALSE(judge({97.5, 97.7, 97.9, 98.3, 98.4}, narrow, 0.2, 10).same);
  EXPECT_TRUE(judge({97.5, 97.7, 97.9, 98.3, 98.4}, narrow, 0.31, 10).same);
  const std::vector<double> wide{90, 92, 94, 96, 98};  // quartiles 92 and 96
  EXPECT_DOUBLE_EQ(judge(wide, wide, 0.2, 10).allowed, 4);
  EXPECT_TRUE(judge({97.9, 97.9, 97.9, 97.9, 97.9}, wide, 0.2, 10).same);
  EXPECT_FALSE(judge({98.1, 98.1, 98.1, 98.1, 98.1}, wide, 0.2, 10).same);
  EXPECT_FALSE(judge({}, {}, 100, 10).same);
  EXPECT_FALSE(judge({50}, {50, 50}, 100, 10).same);
}

TEST(LearningVerdict, TwoThatGuessLearnNothingTogether) {
  const std::vector<double> guesses{10, 10, 10};
  EXPECT_FALSE(judge(guesses, guesses, 1, 10).same);
  EXPECT_FALSE(judge(guesses, guesses, 1, 10).learnt);
  EXPECT_FALSE(judge({19, 19, 19}, {19, 19, 19}, 1, 10).same);
  EXPECT_TRUE(judge({20, 20, 20}, {20, 20, 20}, 1, 10).same);
}

TEST(LearningLesson, FollowsFromTheSeedAlone) {
  const Course course = course_of("digits", "").value();
  Lesson lesson(course, 3), again(course, 3), other(course, 4);
  EXPECT_EQ(lesson.weights(), again.weights());
  EXPECT_NE(lesson.weights(), other.weights());
  EXPECT_NE(lesson.frozen(), other.frozen());
  const std::uint32_t batches = course.task.dataset.train_count / course.task.batch;
  std::set<std::string> seen;
  Lesson::Batch first;
  for (std::uint32_t i = 0; i < batches; ++i) {
    const Lesson::Batch batch = lesson.next();
    if (i == 0) first = batch;
    EXPECT_EQ(batch.pixels, again.next().pixels);
    EXPECT_EQ(batch.labels.size(), course.task.batch);
    seen.emplace(batch.pixels.begin(), batch.pixels.end());
  }
  EXPECT_EQ(seen.size(), batches);
  EXPECT_NE(lesson.next().pixels, first.pixels);  // another epoch, another order
  EXPECT_EQ(course.steps(), course.epochs * batches);
}

TEST(LearningRecord, KeepsWhatOneProgramFoundForOneTask) {
  const Course course = course_of("digits", "").value();
  Course other = course;
  other.epochs = 3;
  const std::string file =
      (std::filesystem::temp_directory_path() / ("freezenet-learning-" + std::to_string(getpid()))).string();
  std::filesystem::remove(file);
  const Record record(file, course);
  EXPECT_FALSE(record.find(1, "engine"));
  ASSERT_TRUE(record.add(1, "engine", {10, 350}));
  ASSERT_TRUE(Record(file, other).add(2, "engine", {10, 351}));
  ASSERT_TRUE(record.find(1, "engine"));
  EXPECT_EQ(Record(file, course).find(1, "engine")->after, 350U);
  EXPECT_FALSE(record.find(1, "stock"));
  EXPECT_FALSE(record.find(2, "engine"));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace freezenet::learning
