#include "daemon/lab/experiment_command.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "daemon/lab/checks.h"
#include "daemon/lab/interruption.h"
#include "training/experiments/run_experiment.h"

namespace freezenet::lab {

namespace {

using experiments::Experiment;
using experiments::ExperimentOptions;

constexpr int kDone = 0, kFailed = 1, kMisused = 2, kStopped = 130;
constexpr double kLogPause = 5;  // seconds between lines where nobody writes over them

struct Words {
  ExperimentOptions options;
  std::vector<double> ratios;  // percent
};

/// Progress on standard error: one line that is written over where that is a terminal, a line every few seconds where
/// it is not.
class Screen {
 public:
  void say(const std::string& line) {
    clear();
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  void show(const std::string& line, double seconds) {
    if (terminal_) {
      std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
      shown_ = true;
    } else if (seconds - last_ >= kLogPause) {
      last_ = seconds;
      std::fprintf(stderr, "%s\n", line.c_str());
    }
  }
  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
  double last_ = 0;
};

int report(const Reject& why, int status) {
  std::cerr << "freezenet-lab: " << (why.detail.empty() ? why.message() : why.detail) << "\n";
  return status;
}

int run(const Words& words) {
  ExperimentOptions options = words.options;
  for (const double percent : words.ratios) {
    if (!(percent >= 0 && percent <= 100)) {
      return report({RejectCode::kConfig, "--ratios takes percent, from 0 to 100"}, kMisused);
    }
    options.ratios.push_back(static_cast<std::uint32_t>(std::lround(percent * 10'000)));
    if (percent > 0 && options.ratios.back() == 0)
      return report({RejectCode::kConfig, "a ratio is 0 or at least 0.0001 percent, a millionth"}, kMisused);
  }
  const auto resolved = experiments::resolve(options);
  if (!resolved) return report(resolved.error(), kMisused);
  Interruption interruption;
  Screen screen;
  const auto start = std::chrono::steady_clock::now();
  experiments::Observer observer;
  observer.seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  observer.interrupted = [&] { return interruption.requested(); };
  observer.say = [&](const std::string& line) { screen.say(line); };
  observer.show = [&](const std::string& line) { screen.show(line, observer.seconds()); };
  const auto done = experiments::run_experiment(*resolved, observer);
  screen.clear();
  if (!done && done.error().code == RejectCode::kCancelled) {
    return report({RejectCode::kCancelled, "stopped; the same command goes on with the points that are missing"},
                  kStopped);
  }
  if (!done) return report(done.error(), done.error().code == RejectCode::kConfig ? kMisused : kFailed);
  std::cout << "report: " << (resolved->out / "report.html").string() << "\n";
  return kDone;
}

void add_one(CLI::App& parent, std::function<int()>& action, Experiment experiment, const char* about) {
  CLI::App* command = parent.add_subcommand(std::string(experiments::name(experiment)), about);
  auto words = std::make_shared<Words>();
  ExperimentOptions& o = words->options;
  o.experiment = experiment;
  command->add_option("--dataset", o.dataset, "digits, mnist (any folder of IDX files) or cifar10")
      ->capture_default_str();
  command->add_option("--data", o.data, "Folder with the dataset's files; digits needs none");
  command->add_option("--samples", o.samples, "Train on the first so many samples. Default: all")->check(kWholeNumber);
  command->add_option("--evaluation", o.evaluation, "Evaluate on the first so many samples. Default: all")
      ->check(kWholeNumber);
  command->add_option("--network", o.network, "seed (batch norm, dropout) or cnn (two convolutions)");
  command->add_option("--epochs", o.epochs, "Epochs of each training")
      ->check(kWholeNumber)
      ->check(CLI::Range(1U, 10'000U));
  command->add_option("--seeds", o.seeds, "Runs of each point")->check(kWholeNumber)->check(CLI::Range(1U, 1000U));
  command->add_option("--first-seed", o.first_seed, "Seed of the first; the others count on")
      ->check(kWholeNumber)
      ->capture_default_str();
  const bool of_schemes = experiment == Experiment::kRobustness || experiment == Experiment::kPiracy;
  if (!of_schemes) {
    command->add_option("--ratios", words->ratios, "Shares of the weights, in percent: 0,10,50")->delimiter(',');
    command->add_option("--values", o.values, "unit (over all weights), fan-in (by tensor)")->delimiter(',');
  }
  if (experiment == Experiment::kRobustness) {
    command->add_option("--schemes", o.schemes, "Of the watermarks. Default: all")->delimiter(',');
    command
        ->add_option(
            "--attacks", o.attacks,
            "NAME of the catalogue, NAME@PERCENT of the samples that he has (else a third), none. Default: all")
        ->delimiter(',');
  }
  if (experiment == Experiment::kPiracy) {
    command->add_option("--rates", o.rates, "The pirate's learning rates")->delimiter(',');
    command->add_option("--shares", o.shares, "Shares of the training data that the pirate has")->delimiter(',');
  }
  command->add_option("--threads", o.threads, "Threads of LibTorch")
      ->check(kWholeNumber)
      ->check(CLI::Range(1U, 256U))
      ->capture_default_str();
  command->add_option("--out", o.out, "Folder for tables, trained models and report.html; a second run goes on there")
      ->required();
  command->add_flag("--quick", o.quick, "Few points and epochs: minutes, the shape of the result");
  command->callback([words, &action] { action = [words] { return run(*words); }; });
}

}  // namespace

void add_experiment(CLI::App& app, std::function<int()>& action) {
  CLI::App* experiment = app.add_subcommand("experiment", "Measure watermarks on real models, with LibTorch");
  experiment->require_subcommand(1);
  add_one(*experiment, action, Experiment::kLearningAbility, "What training under a watermark costs, over its size");
  add_one(*experiment, action, Experiment::kWeakTampering, "What is left of a trained model that is stamped anew");
  add_one(*experiment, action, Experiment::kStrongTampering, "What a start from another block's model saves");
  add_one(*experiment, action, Experiment::kRobustness, "Every ownership watermark under every attack");
  add_one(*experiment, action, Experiment::kPiracy, "A second null embedding on top of the owner's");
}

}  // namespace freezenet::lab
