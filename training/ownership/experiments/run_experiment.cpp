#include "training/experiments/run_experiment.h"

#include <system_error>

#include "training/experiments/data_record.h"
#include "training/experiments/report.h"
#include "training/ownership/experiments/freezenet_runs.h"
#include "training/ownership/experiments/piracy_runs.h"
#include "training/ownership/experiments/robustness_runs.h"
#include "training/torch/threads.h"

namespace freezenet::experiments {

namespace {

Result<> run_points_of(const ExperimentOptions& options, const ExperimentData& data, const Observer& observer) {
  switch (options.experiment) {
    case Experiment::kLearningAbility: return FreezeNetRuns(options, data, observer).learning_ability();
    case Experiment::kWeakTampering: return FreezeNetRuns(options, data, observer).weak_tampering();
    case Experiment::kStrongTampering: return FreezeNetRuns(options, data, observer).strong_tampering();
    case Experiment::kRobustness: return RobustnessRuns(options, data, observer).run();
    case Experiment::kPiracy: return PiracyRuns(options, data, observer).run();
  }
  return reject(RejectCode::kConfig, "no such experiment");
}

}  // namespace

Result<> run_experiment(const ExperimentOptions& options, const Observer& observer) {
  training::dedicate_to_torch(options.threads);
  if (options.experiment == Experiment::kRobustness) {
    if (auto checked = RobustnessRuns::check(options); !checked) return checked;
  }
  // A row that is none would be met by the report, when all work is done.
  if (const auto readable = read_tables(options.out); !readable) return tl::unexpected(readable.error());
  try {
    const auto data = load_experiment_data(options);
    if (!data) return tl::unexpected(data.error());
    std::error_code error;
    std::filesystem::create_directories(options.out, error);
    if (error) return reject(RejectCode::kStorage, "cannot make " + options.out.string() + ": " + error.message());
    const auto record = open_data_record(options.out, options.dataset, data->evaluation.size(), data->bytes);
    if (!record) return tl::unexpected(record.error());
    observer.say(std::string(name(options.experiment)) + ": " + options.dataset + ", " +
                 std::to_string(data->train.size()) + " + " + std::to_string(data->evaluation.size()) +
                 " samples, network " + options.network + ", " + std::to_string(options.epochs) + " epochs, seeds " +
                 std::to_string(options.first_seed) + " to " + std::to_string(options.first_seed + options.seeds - 1));
    const auto done = run_points_of(options, *data, observer);
    // What is there is reported also where the rest is still to come.
    const auto written = write_report(options.out);
    return done ? written : done;
  } catch (const c10::Error& failure) {
    return reject(RejectCode::kSelfTestFailed, std::string("LibTorch: ") + failure.what_without_backtrace());
  }
}

}  // namespace freezenet::experiments
