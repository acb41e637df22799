#pragma once

#include <memory>
#include <string>

#include <torch/torch.h>

#include "training/ownership/commands/job.h"
#include "training/ownership/fitting.h"
#include "training/ownership/scheme.h"
#include "training/ownership/task_classifier.h"

// What the jobs share inside of this folder.

namespace freezenet::ownership {

/// The task's network with these weights.
std::shared_ptr<TaskClassifier> classifier_of(const JobData& data, const std::vector<float>& weights);
/// The same before it learned anything, from `seed`.
std::shared_ptr<TaskClassifier> fresh_classifier(const JobData& data, std::uint64_t seed);

Samples train_of(const JobData& data);
Samples evaluation_of(const JobData& data);

/// The suspect with a watch on its answers: between two of them is where an extraction can be stopped. `watch` may be
/// null, and must outlive it.
Suspect watched(Suspect suspect, const JobWatch& watch);

JobFinding shown(Finding finding);

FitOptions fit_options(const JobTraining& training);
/// What fit() calls after each batch: tells `watch`, which may be null.
std::function<bool(const FitProgress&)> told(const JobWatch& watch, const std::string& doing);

/// What `job` returns. An error of LibTorch, such as memory that is not there, is a reject as well.
template <typename Job>
auto guarded(const Job& job) -> decltype(job()) {
  try {
    return job();
  } catch (const c10::Error& error) {
    return reject(RejectCode::kSelfTestFailed, std::string("LibTorch: ") + error.what_without_backtrace());
  }
}

}  // namespace freezenet::ownership
