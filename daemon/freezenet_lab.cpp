// The laboratory: trains tasks without a network, and helps whoever writes one. Arguments and exit status; the work is
// in lab/.

#include <cstdio>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "consensus/base/hex.h"
#include "daemon/kernel_choice.h"
#include "daemon/lab/action.h"
#include "daemon/lab/checks.h"
#include "daemon/lab/dataset_report.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/experiment_command.h"
#include "daemon/lab/ownership/words.h"
#include "daemon/lab/task_cost.h"
#include "daemon/lab/task_file.h"
#include "daemon/lab/task_report.h"
#include "daemon/lab/train_command.h"
#include "daemon/lab/watermark_words.h"
#include "daemon/version.h"

namespace freezenet::lab {
namespace {

constexpr const char* kExamples = R"(Examples:
  freezenet-lab train --epochs 20 --out digits.safetensors
  freezenet-lab dataset root ~/data/mnist
  freezenet-lab task show configs/tasks/mnist.json
  freezenet-lab train --task configs/tasks/mnist.json --data ~/data/mnist --epochs 5 \
      --csv mnist.csv --checkpoint mnist.checkpoint --checkpoint-every 500 --out mnist.safetensors
  the same command with --resume mnist.checkpoint goes on after a crash or Ctrl-C, with the same bits
  freezenet-lab train --watermark 1000000 --seed 2a     freezes every weight of the kernels
  freezenet-lab watermark sign digits.safetensors --data "Alice, 2026" --ratio 0.001 --out signed.safetensors
  freezenet-lab experiment learning-ability --quick --out first      what a watermark costs, in minutes

Exit status: 0 done, 1 failed, 2 wrong arguments, 3 training left the finite numbers, 130 interrupted
(train keeps a checkpoint, and says where). docs/lab.md has the rest.)";

/// As to_hex(Hash256) writes it; leading zeros may be left out.
std::optional<Hash256> seed_from(std::string text) {
  if (text.empty() || text.size() > 64) return std::nullopt;
  return hash_from_hex(std::string(64 - text.size(), '0') + text);
}

/// Options that several commands have, as the words that were given.
struct EngineWords {
  std::string kernels = "auto";
  unsigned threads = std::max(std::thread::hardware_concurrency(), 1U);

  void add_to(CLI::App& app) {
    app.add_option("--threads", threads, "Threads that train; the result is the same for any number")
        ->check(kWholeNumber)
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_option("--kernels", kernels,
                   "Instruction set: auto, portable, avx2, avx512 or neon; the result is the same for all")
        ->capture_default_str();
  }
  [[nodiscard]] Result<training::EngineOptions> options() const {
    return daemon::kernel_path(kernels).map(
        [&](kernels::Path path) { return training::EngineOptions{.path = path, .threads = threads}; });
  }
};

void add_dataset(CLI::App& app, Action& action) {
  CLI::App* dataset = app.add_subcommand("dataset", "Look at the files of a dataset");
  dataset->require_subcommand(1);
  CLI::App* root = dataset->add_subcommand("root", "Print shape, counts and root of the dataset in a folder");
  auto folder = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  root->add_option("DIR", *folder, "Folder with MNIST's four IDX files or CIFAR-10's six .bin files")->required();
  root->add_option("--format", *format, "idx or cifar10, where the folder holds both");
  root->add_flag("--json", *json, "Print JSON");
  root->callback([=, &action] {
    action = [=] {
      std::optional<training::FolderFormat> wanted;
      if (!format->empty()) {
        const auto known = training::folder_format(*format);
        if (!known) return misused(known.error());
        wanted = *known;
      }
      const auto found = dataset_report(*folder, wanted);
      if (!found) return report(found.error());
      std::cout << (*json ? found->dump(2) + "\n" : dataset_report_text(*found));
      return kExitDone;
    };
  });
}

void add_show(CLI::App& task, Action& action) {
  auto file = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  CLI::App* show = task.add_subcommand("show", "Print layers, shapes, weights, work and id of a task");
  show->add_option("TASK", *file, "A task's file, or digits")->required();
  show->add_flag("--json", *json, "Print JSON");
  show->callback([=, &action] {
    action = [=] {
      const auto named = load_task(*file);
      if (!named) return report(named.error());
      std::cout << (*json ? task_report(*named).dump(2) + "\n" : task_report_text(*named));
      return kExitDone;
    };
  });
  auto of = std::make_shared<std::string>();
  CLI::App* id = task.add_subcommand("id", "Print the id of a task");
  id->add_option("TASK", *of, "A task's file, or digits")->required();
  id->callback([=, &action] {
    action = [=] {
      const auto named = load_pinned_task(*of);
      if (!named) return report(named.error());
      std::cout << to_hex(named->task.id()) << "\n";
      return kExitDone;
    };
  });
}

void add_pin(CLI::App& task, Action& action) {
  auto file = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>();
  auto replace = std::make_shared<bool>(false);
  CLI::App* pin = task.add_subcommand("pin", "Write the root of the dataset in a folder into a task's file");
  pin->add_option("FILE", *file, "The task's file")->required();
  pin->add_option("DIR", *folder, "The folder with the dataset's files")->required();
  pin->add_flag("--replace", *replace, "Also where the file has another root already");
  pin->callback([=, &action] {
    action = [=] {
      const auto root = pin_task(*file, *folder, *replace);
      if (!root) return report(root.error());
      std::cout << *file << " is pinned to " << to_hex(*root) << "\n";
      return kExitDone;
    };
  });
}

void add_cost(CLI::App& task, Action& action) {
  auto file = std::make_shared<std::string>();
  auto seconds = std::make_shared<double>(10);
  auto json = std::make_shared<bool>(false);
  auto engine = std::make_shared<EngineWords>();
  engine->threads = 1;
  CLI::App* cost =
      task.add_subcommand("cost", "Measure a segment of a task beside one of digits, for target_num/target_den");
  cost->add_option("TASK", *file, "A task's file")->required();
  cost->add_option("--seconds", *seconds, "How long to measure")->check(CLI::Range(0.1, 3600.0))->capture_default_str();
  cost->add_flag("--json", *json, "Print JSON");
  engine->add_to(*cost);
  cost->callback([=, &action] {
    action = [=] {
      const auto options = engine->options();
      if (!options) return misused(options.error());
      if (!(*seconds >= 0.1)) return misused({RejectCode::kConfig, "--seconds is a number from 0.1"});  // not NaN
      const auto named = load_task(*file);
      if (!named) return report(named.error());
      const auto found = measure_cost(*named, *options, *seconds);
      if (!found) return report(found.error());
      if (*json) {
        const nlohmann::ordered_json all = {{"step_seconds", found->step_seconds},
                                            {"digits_step_seconds", found->digits_step_seconds},
                                            {"measured_steps", found->measured_steps},
                                            {"ratio", found->ratio},
                                            {"target_num", found->num},
                                            {"target_den", found->den}};
        std::cout << all.dump(2) << "\n";
        return kExitDone;
      }
      std::printf("a step            %.3f ms (digits: %.3f ms), median of %u\n", 1e3 * found->step_seconds,
                  1e3 * found->digits_step_seconds, found->measured_steps);
      std::printf("a segment         %.1f times one of digits\n", found->ratio);
      std::printf("\nIn the task's file:\n\n  \"target_num\": %u,\n  \"target_den\": %u\n", found->num, found->den);
      return kExitDone;
    };
  });
}

void add_train(CLI::App& app, Action& action) {
  struct Words {
    TrainOptions options;
    EngineWords engine;
    std::string seed;
  };
  auto words = std::make_shared<Words>();
  TrainOptions& o = words->options;
  CLI::App* train_app = app.add_subcommand("train", "Train a task with the engine of the chain");
  train_app->add_option("--task", o.task, "A task's file, or digits")->capture_default_str();
  train_app->add_option("--data", o.data, "Folder with the dataset's files; digits needs none");
  train_app->add_option("--epochs", o.epochs, "How far to train; an epoch draws every sample once. Default: 10")
      ->check(kWholeNumber);
  train_app->add_option("--steps", o.steps, "The same in batches")->check(kWholeNumber);
  train_app
      ->add_option("--seed", words->seed,
                   "Up to 64 hexadecimal digits: order of samples, augmentation and watermark. Default: 0")
      ->check(kNotEmpty);
  train_app
      ->add_option("--rate", o.rates,
                   "Learning rate; R0,R1,...: one an epoch, the last from there on. Default: the task's")
      ->delimiter(',');
  train_app
      ->add_option("--watermark", o.watermark_ppm,
                   "Weights frozen at random values, in millionths of each tensor. Default: 0")
      ->check(kWholeNumber)
      ->check(CLI::Range(0U, kOneMillion));
  train_app->add_option("--start", o.start, "Model to start from, as safetensors. Default: the task's genesis weights");
  train_app->add_option("--out", o.out, "Where the trained model is written, as safetensors");
  train_app->add_option("--csv", o.csv, "Table with a row for each evaluation");
  train_app->add_option("--evaluate-every", o.evaluate_every, "Steps between evaluations. Default: an epoch")
      ->check(kWholeNumber);
  train_app->add_option("--checkpoint", o.checkpoint,
                        "Where the state of the run is kept, to go on from with --resume");
  train_app->add_option("--checkpoint-every", o.checkpoint_every, "Steps between checkpoints. Default: only at the end")
      ->check(kWholeNumber);
  train_app->add_option(
      "--resume", o.resume,
      "Go on from this checkpoint, whatever --start says; ends with the bits of a run without a break");
  words->engine.add_to(*train_app);
  train_app->callback([=, &action] {
    action = [=] {
      const auto engine = words->engine.options();
      if (!engine) return misused(engine.error());
      words->options.engine = *engine;
      words->options.terminal = ::isatty(STDERR_FILENO) != 0;
      if (!words->seed.empty()) {
        words->options.seed = seed_from(words->seed);
        if (!words->options.seed) return misused({RejectCode::kConfig, "--seed takes 1 to 64 hexadecimal digits"});
      }
      if (const auto checked = check_options(words->options); !checked) return misused(checked.error());
      const auto ended = train(words->options);
      if (!ended) return report(ended.error());
      return *ended == TrainEnd::kInterrupted ? kExitStopped : kExitDone;
    };
  });
}

int main_checked(int argc, char** argv) {
  CLI::App app("Trains FreezeNet's tasks without a network, and helps whoever writes one.", "freezenet-lab");
  app.set_version_flag("--version", std::string("freezenet-lab ") + daemon::kVersion);
  app.require_subcommand(1);
  app.footer(kExamples);
  Action action;
  add_dataset(app, action);
  CLI::App* task = app.add_subcommand("task", "Look at a task, pin its dataset, measure its cost");
  task->require_subcommand(1);
  add_show(*task, action);
  add_pin(*task, action);
  add_cost(*task, action);
  add_train(app, action);
  add_watermark(app, action);
  add_ownership(app, action);
  add_experiment(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitMisused;
  }
  const int status = action();
  if (status != kExitDone) return status;
  return printed() ? kExitDone : kExitFailed;
}

}  // namespace
}  // namespace freezenet::lab

int main(int argc, char** argv) {
  try {
    return freezenet::lab::main_checked(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freezenet-lab: " << error.what() << "\n";
    return 1;
  }
}
