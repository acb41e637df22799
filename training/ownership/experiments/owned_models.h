#pragma once

#include <functional>
#include <memory>
#include <string>

#include "training/experiments/points.h"
#include "training/experiments/run_points.h"
#include "training/ownership/experiments/data.h"
#include "training/ownership/experiments/model_shelf.h"
#include "training/ownership/scheme.h"

namespace freezenet::experiments {

/// How an owner gets his watermark into the model.
enum class Embedding {
  kTraining,    ///< from new weights
  kFineTuning,  ///< on the trained, unmarked model
  kDistilling   ///< into new weights, by the unmarked model's scores
};

/// Models with and without a watermark, trained once and kept on the shelf of the experiment's folder. A seed gives
/// initial weights, order of samples and dropout; an unmarked model and a marked one of the same seed differ in the
/// watermark alone.
class OwnedModels {
 public:
  using Model = std::shared_ptr<ownership::Classifier>;

  /// Both must outlive it. Adam trains at 1e-3, SGD at 0.05 with a momentum of 0.9 and a weight decay of 5e-4.
  OwnedModels(const ExperimentOptions& options, const ExperimentData& data, ownership::Optimiser optimiser);

  Result<Model> unmarked(std::uint64_t seed, WorkClock& clock) const;
  /// `word` names the scheme on the shelf: one key a word and seed.
  Result<Model> marked(const std::string& word, Embedding embedding, const ownership::Key& key, const Model& clean,
                       std::uint64_t seed, WorkClock& clock) const;

  [[nodiscard]] Setting setting() const;
  [[nodiscard]] ownership::FitOptions fit_options(std::uint64_t seed) const;

 private:
  [[nodiscard]] std::string shelf_name(const std::string& word, std::uint64_t seed) const;

  const ExperimentOptions& options_;
  const ExperimentData& data_;
  ownership::Optimiser optimiser_;
  ModelShelf shelf_;
};

/// Shows "WHAT, epoch 3/15  loss 0.1234" on the clock; false where the user wants to stop.
std::function<bool(const ownership::FitProgress&)> fit_ticker(WorkClock& clock, std::string what);

/// Seed of somebody's key in an experiment.
Hash256 experiment_key_seed(const std::string& scheme, std::uint64_t seed, const std::string& whose);

}  // namespace freezenet::experiments
