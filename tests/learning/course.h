#pragma once

#include <functional>
#include <vector>

#include "consensus/base/result.h"
#include "consensus/task.h"
#include "training/dataset/dataset.h"

namespace freezenet::learning {

/// What is learnt, and how closely two ways of learning it have to agree.
struct Course {
  Task task;
  training::Dataset dataset;
  unsigned epochs = 0;
  double points = 0;  ///< see judge()

  [[nodiscard]] std::uint32_t steps() const;
};

/// "digits" from the program itself, "mnist" and "cifar10" from the folders of these names in `datasets`. The errors of
/// read_dataset_folder().
Result<Course> course_of(const std::string& name, const std::string& datasets);

/// All that follows from a seed and is the same for both: the weights before the first step, watermark included, the
/// weights that it freezes, and the samples of each step.
class Lesson {
 public:
  Lesson(const Course& course, std::uint32_t seed);

  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const std::vector<float>& weights() const { return weights_; }
  [[nodiscard]] const std::vector<std::uint8_t>& frozen() const { return frozen_; }

  struct Batch {
    std::vector<std::uint8_t> pixels, labels;
  };
  /// Of step 0, 1, ...: each epoch is a new permutation of the training split, cut into batches; what is left is
  /// dropped. In order, once.
  Batch next();

 private:
  const Course& course_;
  Hash256 seed_;
  Plan plan_;
  std::vector<float> weights_;
  std::vector<std::uint8_t> frozen_;
  std::vector<std::uint32_t> order_;
  std::size_t used_ = 0;
  std::uint32_t epoch_ = 0;
};

/// How many samples of the evaluation split a model classifies rightly, before and after training.
struct Outcome {
  std::uint32_t before = 0, after = 0;
};
/// Called after each step.
using Ticker = std::function<void()>;

/// With the engine, on `threads` threads. Its errors, and kSelfTestFailed where a frozen weight moved.
Result<Outcome> learn_by_engine(const Course& course, std::uint32_t seed, unsigned threads, const Ticker& tick);
/// With stock LibTorch; the same errors.
Result<Outcome> learn_by_stock(const Course& course, std::uint32_t seed, unsigned threads, const Ticker& tick);

}  // namespace freezenet::learning
