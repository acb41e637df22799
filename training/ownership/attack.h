#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "training/ownership/scheme.h"

namespace freezenet::ownership {

/// What an attacker has, beside the model that he took.
struct AttackSetting {
  Samples data;                  ///< his share of the training samples, a third in the experiments
  std::uint64_t seed = 0;        ///< of everything that he draws
  double effort = 1;             ///< scales the epochs of attacks that train
  const Key* own_key = nullptr;  ///< what he overwrites with; without one that attack answers kConfig
  std::function<bool(const FitProgress&)> progress;  ///< false stops: kCancelled
};

/// What the attack leaves for whoever looks for the watermark.
struct Attacked {
  std::shared_ptr<Classifier>
      model;  ///< the changed model; where the attack changes answers only, a copy of the victim
  /// How it answers queries from now on; null where these are simply the model's.
  std::function<Result<torch::Tensor>(const torch::Tensor&)> scores;
  std::vector<std::pair<std::string, double>> measures;  ///< what the attack itself measured

  [[nodiscard]] Suspect white_box() const;
  [[nodiscard]] Suspect black_box() const;
};

/// One entry of the catalogue, named as in the Watermark-Robustness-Toolbox (Lukas et al., SoK, IEEE S&P 2022) where
/// that has it.
struct Attack {
  std::string name;   ///< "ftal-1e-4", "pruning-50": stable, a word of [a-z0-9.-]
  std::string group;  ///< "fine-tuning", "pruning", "quantisation", "overwriting", "weights", "extraction", "queries"
  std::string about;  ///< one sentence
  std::function<Result<Attacked>(const Classifier& victim, const AttackSetting& setting)> run;
};

/// One list for all schemes, in the order of docs/watermarks.md.
const std::vector<Attack>& attack_catalogue();
/// kConfig names the nearest one.
Result<const Attack*> find_attack(const std::string& name);

}  // namespace freezenet::ownership
