#pragma once

#include <span>

namespace freezenet::experiments {

/// What the work that proposed FreezeNet reports for CIFAR-10, 100 epochs, one run each: validation accuracy in
/// percent.
struct PublishedTraining {
  double ratio;  ///< percent of all trainable weights
  double scratch_final, scratch_best;
  double pretrained_final, pretrained_best;  ///< NaN where there is none
  double scratch_epochs, pretrained_epochs;  ///< until 80% of the run's own best; NaN where there is none
};
std::span<const PublishedTraining> published_training();

/// Accuracy of a trained model that another watermark was stamped on.
struct PublishedSigning {
  double ratio;     ///< percent
  double accuracy;  ///< percent
};
std::span<const PublishedSigning> published_signing();

}  // namespace freezenet::experiments
