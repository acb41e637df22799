#pragma once

#include <vector>

#include "training/experiments/scheme_points.h"
#include "training/ownership/experiments/owned_models.h"
#include "training/ownership/null_embedding.h"

namespace freezenet::experiments {

/// Piracy of a null embedding (Li et al., arXiv 1910.01226, section 6): somebody who has the owner's model and a share
/// of the data embeds a second one, over learning rates and shares. Network `cnn` is trained by Adam, `seed` (deep,
/// with batch norm) by SGD; the pirate uses the owner's optimiser.
class PiracyRuns {
 public:
  /// All arguments must outlive it.
  PiracyRuns(const ExperimentOptions& options, const ExperimentData& data, const Observer& observer);
  Result<> run();

 private:
  Result<PointTable::Row> measure(PiracyPoint point, WorkClock& clock) const;

  const ExperimentOptions& options_;
  const ExperimentData& data_;
  const Observer& observer_;
  ownership::Optimiser optimiser_;
  OwnedModels models_;
};

}  // namespace freezenet::experiments
