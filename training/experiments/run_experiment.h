#pragma once

#include "training/experiments/options.h"
#include "training/experiments/run_points.h"

namespace freezenet::experiments {

/// Runs what is missing of an experiment and writes the report of the folder anew (report.h). `options` went through
/// resolve(). Sets LibTorch's threads for the whole process. It is defined where LibTorch is
/// (training/ownership/experiments); this header serves programs that do not see it. Rejects: those of the data's
/// files, of run_points() and of write_report(); an error inside LibTorch is kSelfTestFailed with its first line.
Result<> run_experiment(const ExperimentOptions& options, const Observer& observer);

}  // namespace freezenet::experiments
