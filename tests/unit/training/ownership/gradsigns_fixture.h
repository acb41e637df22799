#pragma once

#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/ownership/gradsigns.h"
#include "training/ownership/task_classifier.h"

namespace freezenet::ownership::test {

/// The digits task with its samples.
struct DigitsData {
  Task task = digits_task();
  Plan plan = plan_of(task).value();
  Samples train, evaluation;
  DigitsData() {
    const training::Dataset data = training::digits_dataset().value();
    train = training_samples(task, plan, data);
    evaluation = evaluation_samples(task, plan, data);
  }
  [[nodiscard]] TaskClassifier network(std::uint64_t seed) const { return {task, plan, seed}; }
};

inline Hash256 key_seed(std::uint32_t number) {
  return tagged_hash("FreezeNet/gradsigns-tests", as_bytes(std::span<const std::uint32_t>(&number, 1)));
}

/// A key over all 64 pixels of a digit.
inline GradSignsParameters digits_key(std::uint32_t number, std::uint32_t bits) {
  GradSignsParameters parameters;
  parameters.seed = key_seed(number);
  parameters.bits = bits;
  parameters.carriers = 64;
  parameters.target_class = 3;
  return parameters;
}

inline double error_rate(const GradSigns& key, const Suspect& suspect, const Samples& probes) {
  return 1 - key.extract(suspect, probes).value().evidence.rate();
}

}  // namespace freezenet::ownership::test
