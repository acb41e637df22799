#pragma once

#include <optional>

#include "daemon/lab/interruption.h"
#include "daemon/lab/job_progress.h"
#include "daemon/lab/model_input.h"
#include "training/ownership/commands/job.h"

namespace CLI {
class App;
}

namespace freezenet::lab {

/// Options that the commands of ownership share, as values.
struct JobWords {
  std::filesystem::path task = "digits";
  std::optional<std::filesystem::path> data;
  std::uint64_t samples = 0;  ///< of the training split; 0: all
  unsigned threads = 1;

  /// Declares --task and --threads, and with `with_data` --data and --train-samples.
  void add_to(CLI::App& command, bool with_data);
  /// Where --task is a file.
  [[nodiscard]] std::optional<std::filesystem::path> task_file() const;
};

/// What a job needs in memory: the task, and its dataset.
struct JobInput {
  NamedTask named;
  training::Dataset dataset;
  std::uint64_t samples;

  [[nodiscard]] ownership::JobData data() const { return {named.task, named.plan, dataset, samples}; }
};
Result<JobInput> load_job(const JobWords& words);

/// While a job runs: signals wait to be asked for, and whoever looks sees how far it is. Made before LibTorch's
/// threads, which inherit that the signals wait.
class JobSession {
 public:
  explicit JobSession(unsigned threads);

  [[nodiscard]] ownership::JobWatch watch() {
    return [this](const std::string& doing, double done) { return progress_.tell(doing, done); };
  }
  void clear() { progress_.clear(); }

 private:
  Interruption interruption_;
  JobProgress progress_;
};

/// A reject as an exit status: what was typed wrong is kExitMisused, the rest as report() has it.
int refused(const Reject& why);

}  // namespace freezenet::lab
