#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/base/result.h"

namespace freezenet::experiments {

enum class Experiment { kLearningAbility, kWeakTampering, kStrongTampering, kRobustness, kPiracy };
/// "learning-ability", ...
std::string_view name(Experiment experiment);

/// What one experiment runs over. resolve() fills what is left empty or 0.
struct ExperimentOptions {
  Experiment experiment = Experiment::kLearningAbility;
  std::string dataset = "digits";  ///< digits, mnist (any folder of IDX files) or cifar10
  std::filesystem::path data;      ///< folder of the dataset's files; digits needs none
  std::string network;             ///< seed or cnn
  unsigned epochs = 0;
  std::int64_t samples = 0;  ///< the first so many of each split at most; 0: all
  std::int64_t evaluation = 0;
  std::vector<std::uint32_t> ratios;  ///< of the watermark, in ppm
  std::vector<std::string> values;    ///< unit (over all weights) and fan-in (by tensor)
  unsigned seeds = 0;                 ///< runs of each point
  std::uint64_t first_seed = 1;
  std::vector<std::string> schemes, attacks;  ///< of robustness; empty: all
  std::vector<double> rates;                  ///< a pirate's learning rates
  std::vector<double> shares;                 ///< of the training data that a pirate has
  std::filesystem::path out;                  ///< folder for tables, models and the report
  unsigned threads = 1;
  bool quick = false;  ///< fewest points that still show the shape of the result
};

/// Defaults for what was left open, from experiment, dataset and `quick`; kConfig for a word or number that is none.
Result<ExperimentOptions> resolve(ExperimentOptions options);

}  // namespace freezenet::experiments
