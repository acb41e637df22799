#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "consensus/default_task.h"
#include "daemon/lab/training_run.h"
#include "training/dataset/digits.h"

namespace freezenet::lab::test {

/// The digits under a network of one layer, which trains in no time.
inline Task small_task() {
  Task task = digits_task();
  task.name = "small";
  task.layers = {Flatten{}, Linear{.out_features = 16}, Relu{}, Linear{.out_features = 10}};
  task.rates = {0.1F};
  return task;
}

/// What a run needs, and a folder for its files.
class LabTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  TrainingRun run(RunSettings settings) {
    return TrainingRun(engine, dataset, task, plan, std::move(settings), genesis_weights(plan, task.id()));
  }
  static void advance(TrainingRun& run, std::uint64_t steps) {
    for (std::uint64_t i = 0; i < steps; ++i) ASSERT_TRUE(run.step().has_value());
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("freezenet-lab-" + std::to_string(::getpid()) + "-" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());
  Task task = small_task();
  Plan plan = plan_of(task).value();
  training::Dataset dataset = training::digits_dataset().value();
  training::Engine engine{task, plan};
};

inline bool same_bits(std::span<const float> a, std::span<const float> b) {
  return std::ranges::equal(as_bytes(a), as_bytes(b));
}

}  // namespace freezenet::lab::test
