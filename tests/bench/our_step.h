#pragma once

#include <span>
#include <vector>

#include "tests/bench/networks.h"
#include "training/engine.h"

namespace freezenet::bench {

/// Everything that a training step of the engine needs, with one batch of random samples.
class OurStep {
 public:
  OurStep(Task task, unsigned threads);

  /// Forward, loss, backward, update. `frozen` may be empty.
  Result<> run(float rate, std::span<const std::uint8_t> frozen);
  /// For a timed loop, after run() has worked once.
  void run_or_throw(float rate, std::span<const std::uint8_t> frozen);

  [[nodiscard]] const Task& task() const { return task_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] std::span<const float> weights() const { return weights_; }
  [[nodiscard]] std::span<const std::uint8_t> pixels() const { return pixels_; }
  [[nodiscard]] std::span<const std::uint8_t> labels() const { return labels_; }

 private:
  Task task_;
  Plan plan_;
  training::Engine engine_;
  std::vector<float> weights_, momentum_;
  std::vector<std::uint8_t> pixels_, labels_;
};

}  // namespace freezenet::bench
