#pragma once

#include <optional>

#include "training/ownership/commands/job.h"

namespace freezenet::ownership {

struct EmbedOrder {
  /// What the watermark is put into; without one a network is trained from its beginning.
  std::optional<std::vector<float>> model;
  /// A model whose scores are learned in place of the labels: distillation.
  std::optional<std::vector<float>> teacher;
  JobTraining training;
};

struct Embedded {
  std::vector<float> weights;
  std::optional<double> accuracy_before;  ///< of the model or else the teacher, on the evaluation split
  double accuracy = 0;                    ///< afterwards
  JobFinding finding;                     ///< looked for in the weights that are returned, on the evaluation split
};

/// Trains the key's watermark into a model. kConfig where the key does not fit model or data, kVoidSegment where
/// training left the finite numbers, kCancelled.
Result<Embedded> run_embed(const JobData& data, const Key& key, const EmbedOrder& order, const JobWatch& watch);

}  // namespace freezenet::ownership
