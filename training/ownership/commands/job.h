#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "consensus/base/result.h"
#include "consensus/task.h"
#include "training/dataset/dataset.h"
#include "training/ownership/significance.h"

// What a program without LibTorch's headers calls. Errors of LibTorch itself end in kSelfTestFailed, with its first
// line.

namespace freezenet::ownership {

class Key;

/// The network and the samples of a job; they outlive it. Models are flat buffers of plan.parameters weights, in task
/// order (training/model_file.h).
struct JobData {
  const Task& task;
  const Plan& plan;  ///< plan_of(task)
  const training::Dataset& dataset;
  std::uint64_t most_samples = UINT64_MAX;  ///< of the training split; the first ones
};

/// Called often, from the job's thread: what is being done, and how much of it is, from 0 to 1. false stops the job,
/// which then ends with kCancelled.
using JobWatch = std::function<bool(const std::string& doing, double done)>;

/// dedicate_to_torch() (training/torch/threads.h), once, before anything else of LibTorch.
void use_threads(unsigned threads);

/// What an extraction came to: Finding (training/ownership/scheme.h) for who has no LibTorch.
struct JobFinding {
  Evidence evidence;
  bool found = false;
  std::string rule;
  bool black_box = false;
  std::vector<std::pair<std::string, double>> measures;
};

/// How a job trains.
struct JobTraining {
  unsigned epochs = 10;
  unsigned batch = 100;
  double rate = 1e-3;
  bool sgd = false;  ///< with momentum 0.9, in place of Adam
  std::uint64_t seed = 0;
};

}  // namespace freezenet::ownership
