#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "consensus/base/result.h"
#include "training/engine.h"

namespace freezenet::lab {

/// `freezenet-lab train` as values.
struct TrainOptions {
  std::filesystem::path task = "digits";  ///< a file, or "digits"
  std::optional<std::filesystem::path> data;
  std::optional<std::uint64_t> epochs, steps;  ///< at most one of them; neither: ten epochs
  std::optional<Hash256> seed;
  std::optional<std::uint32_t> watermark_ppm;
  std::vector<float> rates;  ///< one an epoch; empty: the task's
  training::EngineOptions engine;
  std::optional<std::filesystem::path> start, resume, out, csv, checkpoint;
  std::uint64_t checkpoint_every = 0;  ///< steps; 0: at the end and when interrupted
  std::uint64_t evaluate_every = 0;    ///< steps; 0: once an epoch
  bool terminal = false;               ///< standard error is one
};

/// What is wrong with the options themselves, before any file is looked at: kConfig.
Result<> check_options(const TrainOptions& options);

/// How a run ended that did not fail.
enum class TrainEnd { kDone, kInterrupted };

/// Trains as options say that check_options() found nothing wrong with. Progress goes to standard error, the result to
/// standard output. kVoidSegment where training left the finite numbers: the last checkpoint stands as it was; any
/// other reject in one line for the person at the terminal. What was trained before a file could not be written is kept
/// in a checkpoint, if there is any place for it.
Result<TrainEnd> train(const TrainOptions& options);

}  // namespace freezenet::lab
