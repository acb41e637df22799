#include "daemon/lab/train_command.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "consensus/base/hex.h"
#include "daemon/durable_file.h"
#include "daemon/lab/checkpoint.h"
#include "daemon/lab/csv_log.h"
#include "daemon/lab/interruption.h"
#include "daemon/lab/misuse.h"
#include "daemon/lab/model_input.h"
#include "daemon/lab/progress.h"
#include "daemon/lab/task_file.h"
#include "daemon/lab/train_outputs.h"
#include "training/evaluate.h"
#include "training/model_file.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kDefaultEpochs = 10;
constexpr std::uint64_t kMaxSteps = std::uint64_t{1} << 40;

tl::unexpected<Reject> about(const fs::path& file, const Reject& why) {
  return reject(why.code, file.string() + ": " + why.detail);
}

/// The weights before the first step: the task's genesis, or a model that the user has.
Result<std::vector<float>> start_weights(const NamedTask& named, const std::optional<fs::path>& file) {
  if (!file) return genesis_weights(named.plan, named.task.id());
  return load_model(named, *file);
}

Result<std::optional<Checkpoint>> load_checkpoint(const NamedTask& named, const std::optional<fs::path>& file) {
  if (!file) return std::optional<Checkpoint>();
  const auto bytes = daemon::read_file(*file, max_checkpoint_bytes(named.plan));
  if (!bytes) return tl::unexpected(bytes.error());
  auto checkpoint = read_checkpoint(named.task, named.plan, *bytes);
  if (!checkpoint && training::read_model(named.plan, *bytes))
    return about(*file, {checkpoint.error().code, "is a model and no checkpoint: begin a run from it with --start"});
  if (!checkpoint) return about(*file, checkpoint.error());
  return std::optional<Checkpoint>(std::move(*checkpoint));
}

/// What the user says against what the checkpoint says: a run that goes on under other settings is another run.
Result<RunSettings> settings_of(const TrainOptions& options, const Task& task, const std::optional<Checkpoint>& from) {
  RunSettings settings;
  settings.seed = options.seed.value_or(from ? from->settings.seed : Hash256{});
  settings.watermark_ppm = options.watermark_ppm.value_or(from ? from->settings.watermark_ppm : 0);
  settings.rates = !options.rates.empty() ? options.rates : from ? from->settings.rates : task.rates;
  if (!from) return settings;
  const auto differs = [](const std::string& what) {
    return wrong("the checkpoint was written with another " + what + ": leave it out, or begin a run of its own");
  };
  if (settings.seed != from->settings.seed) return differs("--seed");
  if (settings.watermark_ppm != from->settings.watermark_ppm) return differs("--watermark");
  if (settings.rates != from->settings.rates) return differs("--rate");
  return settings;
}

/// Runs a task to its end; the parts that train() has put together.
class Session {
 public:
  Session(const TrainOptions& options, const NamedTask& named, const training::Dataset& dataset, RunSettings settings,
          std::span<const float> start)
      : options_(options),
        task_(named.task),
        plan_(named.plan),
        dataset_(dataset),
        engine_(named.task, named.plan, options.engine),
        run_(engine_, dataset, named.task, named.plan, std::move(settings), start),
        total_(options.steps.value_or(options.epochs.value_or(kDefaultEpochs) * run_.steps_per_epoch())),
        evaluate_every_(options.evaluate_every != 0 ? options.evaluate_every : run_.steps_per_epoch()),
        progress_(total_, named.task.batch, options.terminal) {}

  void restore(const Checkpoint& from) {
    run_.restore(from.steps, from.weights, from.momentum, from.tally);
    seconds_before_ = from.seconds;
  }

  Result<TrainEnd> run() {
    if (run_.steps_done() > total_) {
      return wrong("the checkpoint is at step " + std::to_string(run_.steps_done()) + ", beyond the " +
                   std::to_string(total_) + " of this run: ask for more with --epochs or --steps");
    }
    if (options_.csv) {
      auto csv =
          CsvLog::open(*options_.csv, options_.resume ? std::optional<std::uint64_t>(run_.steps_done()) : std::nullopt,
                       evaluate_every_);
      if (!csv) return tl::unexpected(csv.error());
      csv_.emplace(std::move(*csv));
    }
    introduce();
    begin_ = Clock::now();
    while (run_.steps_done() < total_) {
      if (interruption_.requested()) return interrupted();
      if (auto stepped = run_.step(); !stepped) return failed(stepped.error());
      progress_.step(run_, seconds());
      const std::uint64_t step = run_.steps_done();
      if (step % evaluate_every_ == 0 || step == total_) {
        if (auto evaluated = evaluate(); !evaluated) return rescued(evaluated.error());
      }
      if (options_.checkpoint &&
          (step == total_ || (options_.checkpoint_every != 0 && step % options_.checkpoint_every == 0))) {
        if (auto saved = save(*options_.checkpoint); !saved) return rescued(saved.error());
      }
    }
    return finish();
  }

 private:
  [[nodiscard]] double seconds() const {
    return seconds_before_ + std::chrono::duration<double>(Clock::now() - begin_).count();
  }

  void introduce() {
    const std::uint64_t left_over = task_.dataset.train_count % task_.batch;
    progress_.say("task " + task_.name + " " + to_hex(task_.id()) + ", " + std::to_string(plan_.parameters) +
                  " weights, " + std::to_string(run_.frozen()) + " of them frozen");
    progress_.say("an epoch is " + std::to_string(run_.steps_per_epoch()) + " steps of " + std::to_string(task_.batch) +
                  " samples" +
                  (left_over == 0 ? std::string()
                                  : "; the " + std::to_string(left_over) +
                                        " samples left over sit out, "
                                        "others in each epoch"));
    if (run_.steps_done() > 0) progress_.say("going on after step " + std::to_string(run_.steps_done()));
  }

  /// The whole evaluation split, whatever slice of it the chain scores.
  Result<double> score() {
    Task whole = task_;
    whole.evaluation_slice = task_.dataset.evaluation_count;
    const auto correct = training::evaluate(engine_, dataset_, whole, run_.weights());
    if (!correct) return tl::unexpected(correct.error());
    if (!*correct) return reject(RejectCode::kVoidSegment, "a logit of the evaluation is not finite");
    return static_cast<double>(**correct) / whole.evaluation_slice;
  }

  Result<> evaluate() {
    const auto scored = score();
    if (!scored) return failed(scored.error());
    accuracy_ = *scored;
    char text[160];
    std::snprintf(text, sizeof text,
                  "step %llu  epoch %.2f  loss %.4f  accuracy %.2f%% on training, %.2f%% on evaluation",
                  static_cast<unsigned long long>(run_.steps_done()), run_.epochs_done(), run_.tally().loss(),
                  100 * run_.tally().accuracy(), 100 * *scored);
    progress_.say(text);
    const CsvRow row{run_.steps_done(), run_.epochs_done(), run_.tally().loss(), run_.tally().accuracy(),
                     *scored,           seconds()};
    // A row at the end of a run that may yet go on is one more, and the next is about all since the last regular one.
    if (run_.steps_done() % evaluate_every_ == 0) run_.reset_tally();
    if (!csv_) return {};
    return csv_->add(row);
  }

  Result<> save(const fs::path& file) {
    saved_ = true;
    return daemon::write_durably(file, write_checkpoint(task_, plan_, run_, seconds()), 0644);
  }

  /// Where a run is kept that ends before its time.
  [[nodiscard]] fs::path place() const {
    if (options_.checkpoint) return *options_.checkpoint;
    if (options_.out) return options_.out->string() + ".checkpoint";
    return task_.name + ".checkpoint";
  }

  /// A file could not be written, but what was trained is not lost for that: it is tried beside the others, and in the
  /// folder where the program runs.
  tl::unexpected<Reject> rescued(const Reject& why) {
    progress_.clear();
    if (why.code != RejectCode::kStorage && why.code != RejectCode::kDiskFull) return tl::unexpected(why);
    for (const fs::path& file : {place(), fs::path(task_.name + ".checkpoint")}) {
      if (save(file)) return reject(why.code, why.detail + "; the run is kept: go on with --resume " + file.string());
    }
    return tl::unexpected(why);
  }

  Result<TrainEnd> interrupted() {
    const fs::path file = place();
    if (auto saved = save(file); !saved) return rescued(saved.error());
    progress_.say("interrupted after step " + std::to_string(run_.steps_done()) +
                  "; go on with the same command and --resume " + file.string());
    return TrainEnd::kInterrupted;
  }

  /// Ends the line of the progress, and says for a run that went wrong what is left of it.
  tl::unexpected<Reject> failed(const Reject& why) {
    progress_.clear();
    if (why.code != RejectCode::kVoidSegment) return tl::unexpected(why);
    const fs::path kept = saved_ ? *options_.checkpoint : options_.resume.value_or(fs::path());
    return reject(why.code,
                  why.detail + "; the rate is too high for this task: try a lower --rate" +
                      (kept.empty() ? std::string() : "; the checkpoint before it is kept in " + kept.string()));
  }

  Result<TrainEnd> finish() {
    if (!accuracy_) {
      // Nothing was left to do, but whoever asks for a model wants to know what it is worth.
      const auto scored = score();
      if (!scored) return failed(scored.error());
      accuracy_ = *scored;
    }
    progress_.clear();
    if (options_.out) {
      char percent[32];
      std::snprintf(percent, sizeof percent, "%.6f", *accuracy_);
      const Bytes file = training::write_model(task_, plan_, run_.weights(),
                                               {{"kind", "lab"},
                                                {"steps", std::to_string(run_.steps_done())},
                                                {"seed", to_hex(run_.settings().seed)},
                                                {"watermark_ppm", std::to_string(run_.settings().watermark_ppm)},
                                                {"evaluation_accuracy", percent}});
      if (auto written = daemon::write_durably(*options_.out, file, 0644); !written) return rescued(written.error());
    }
    std::printf("steps %llu\nevaluation accuracy %.4f\nmodel root %s\n",
                static_cast<unsigned long long>(run_.steps_done()), *accuracy_,
                to_hex(training::model_root(run_.weights())).c_str());
    if (options_.out) std::printf("model %s\n", options_.out->c_str());
    return TrainEnd::kDone;
  }

  const TrainOptions& options_;
  const Task& task_;
  const Plan& plan_;
  const training::Dataset& dataset_;
  Interruption interruption_;  // before the engine, whose threads inherit it
  training::Engine engine_;
  TrainingRun run_;
  std::uint64_t total_, evaluate_every_;
  Progress progress_;
  std::optional<CsvLog> csv_;
  std::optional<double> accuracy_;
  Clock::time_point begin_ = Clock::now();
  double seconds_before_ = 0;
  bool saved_ = false;
};

}  // namespace

Result<> check_options(const TrainOptions& options) {
  if (options.epochs && options.steps) return wrong("--epochs and --steps say the same thing: give one of them");
  if (options.checkpoint_every != 0 && !options.checkpoint) return wrong("--checkpoint-every needs --checkpoint FILE");
  if (options.epochs.value_or(1) == 0 || options.epochs.value_or(1) > kMaxSteps / kMaxSamples ||
      options.steps.value_or(1) == 0 || options.steps.value_or(1) > kMaxSteps) {
    return wrong("a run has 1 to " + std::to_string(kMaxSteps / kMaxSamples) + " epochs, or 1 to " +
                 std::to_string(kMaxSteps) + " steps");
  }
  for (const float rate : options.rates) {
    if (!(rate > 0 && rate <= kMaxRate)) return wrong("a --rate is above 0 and at most 16");
  }
  if (options.rates.size() > kMaxRates) return wrong("--rate takes at most 1024 values");
  return {};
}

Result<TrainEnd> train(const TrainOptions& options) {
  if (auto checked = check_outputs(options); !checked) return tl::unexpected(checked.error());
  const auto named = load_pinned_task(options.task);
  if (!named) return tl::unexpected(named.error());
  const auto checkpoint = load_checkpoint(*named, options.resume);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  auto settings = settings_of(options, named->task, *checkpoint);
  if (!settings) return tl::unexpected(settings.error());
  const auto start =
      *checkpoint ? Result<std::vector<float>>((*checkpoint)->weights) : start_weights(*named, options.start);
  if (!start) return tl::unexpected(start.error());
  const auto dataset = load_data(named->task, options.data);
  if (!dataset) return tl::unexpected(dataset.error());
  Session session(options, *named, *dataset, std::move(*settings), *start);
  if (*checkpoint) session.restore(**checkpoint);
  return session.run();
}

}  // namespace freezenet::lab
