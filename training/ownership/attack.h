#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "training/ownership/scheme.h"

namespace freezenet::ownership {

/// Of AttackSetting::effort: a thousand times the epochs is a typing error.
inline constexpr double kMostEffort = 1000;

/// What an attacker has, beside the model that he took.
struct AttackSetting {
  Samples data;                  ///< his share of the training samples, a third in the experiments: attackers_share()
  std::uint64_t seed = 0;        ///< of everything that he draws
  double effort = 1;             ///< scales the epochs of attacks that train: above 0, at most kMostEffort
  const Key* own_key = nullptr;  ///< what he overwrites with; without one that attack answers kConfig
  /// After each batch of an attack that trains; false stops: kCancelled. The others are done in a moment.
  std::function<bool(const FitProgress&)> progress;
};

/// What the attack leaves for whoever looks for the watermark.
struct Attacked {
  /// The changed model; where the attack changes answers only, a copy of the victim.
  std::shared_ptr<Classifier> model;
  /// How it answers queries from now on; null where these are simply the model's. Answers that draw noise draw it anew
  /// for each query, from one generator that all copies share: the same queries in the same order get the same answers.
  std::function<Result<torch::Tensor>(const torch::Tensor&)> scores;
  /// int64 {classes}: what became of each class of the task, where the attack put the model on another one; else
  /// undefined.
  torch::Tensor relabelled;
  std::vector<std::pair<std::string, double>> measures;  ///< what the attack itself measured

  /// Both hold on to the model.
  [[nodiscard]] Suspect white_box() const;
  [[nodiscard]] Suspect black_box() const;
  /// What its users see of it: the share of the samples that its answers get right, of its own task where it has one.
  [[nodiscard]] Result<double> accuracy(const Samples& samples) const;
};

/// One entry of the catalogue, named as in the Watermark-Robustness-Toolbox (Lukas et al., SoK, IEEE S&P 2022) where
/// that has it.
struct Attack {
  std::string name;   ///< "ftal-1e-4", "pruning-50": stable, a word of [a-z0-9.-]
  std::string group;  ///< "fine-tuning", "pruning", "quantisation", "overwriting", "weights", "extraction", "queries"
  std::string about;  ///< one sentence
  /// The victim is left as it was. kConfig: a setting out of its range, data of another shape than the network's, a
  /// network that the attack does not fit, no key to overwrite with. kCancelled; kVoidSegment as in fit().
  std::function<Result<Attacked>(const Classifier& victim, const AttackSetting& setting)> run;
};

/// One list for all schemes, in the order of docs/watermarks.md. Model inversion takes no watermark out and has a
/// header of its own, inversion.h.
const std::vector<Attack>& attack_catalogue();
/// kConfig names the nearest one.
Result<const Attack*> find_attack(const std::string& name);

/// The samples that an attacker got hold of: `share` of them, above 0 and at most 1, drawn from `seed`.
Samples attackers_share(const Samples& train, double share, std::uint64_t seed);

}  // namespace freezenet::ownership
