#pragma once

#include <gtest/gtest.h>

#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/ownership/fitting.h"
#include "training/ownership/scheme.h"
#include "training/ownership/task_classifier.h"

namespace freezenet::ownership {

/// The digits, and networks of their task that learned them without a watermark. Made once, and used by every scheme's
/// tests; one thread.
struct DigitsWorld {
  Task task = digits_task();
  Samples train, test;
  std::vector<std::shared_ptr<TaskClassifier>> unmarked;
  double clean = 0;  ///< accuracy of the first

  static DigitsWorld& get() {
    static DigitsWorld world;
    return world;
  }
  /// The task's network before it learned anything.
  [[nodiscard]] std::shared_ptr<TaskClassifier> untrained(std::uint64_t seed) const {
    return std::make_shared<TaskClassifier>(task, plan_of(task).value(), seed);
  }
  static FitOptions options(unsigned epochs) { return {.epochs = epochs, .batch = 50, .rate = 2e-3, .seed = 7}; }

 private:
  DigitsWorld() {
    torch::set_num_threads(1);
    const training::Dataset data = training::digits_dataset().value();
    const Plan plan = plan_of(task).value();
    train = training_samples(task, plan, data);
    test = evaluation_samples(task, plan, data);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      unmarked.push_back(untrained(seed));
      EXPECT_TRUE(fit(*unmarked.back(), train, options(6)).has_value());
    }
    clean = accuracy(*unmarked.front(), test);
  }
};

inline Hash256 seed_of(std::uint8_t a, std::uint8_t b = 0) {
  Hash256 seed;
  seed.bytes[0] = a;
  seed.bytes[1] = b;
  return seed;
}

/// What `key` finds; a reject fails the test.
inline Finding found(const Key& key, const Suspect& suspect, const Samples& probes) {
  auto finding = key.extract(suspect, probes);
  EXPECT_TRUE(finding.has_value()) << finding.error().message();
  return finding.value_or(Finding{});
}

inline double measure(const Finding& finding, const std::string& name) {
  for (const auto& [key, value] : finding.measures) {
    if (key == name) return value;
  }
  ADD_FAILURE() << "no measure " << name;
  return 0;
}

/// The detail of a reject with that code.
template <typename T>
std::string refusal(const Result<T>& result, RejectCode code = RejectCode::kConfig) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, code) << result.error().message();
  return result.error().detail;
}

}  // namespace freezenet::ownership
