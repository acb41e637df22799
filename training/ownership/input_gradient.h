#pragma once

#include "training/ownership/samples.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {

/// Evaluation mode for as long as it lives: what is extracted later is the network without dropout and with the running
/// statistics of its batch norms, and ten samples of one class must not move those.
class EvaluationMode {
 public:
  explicit EvaluationMode(Classifier& model) : model_(model), training_(model.is_training()) { model.eval(); }
  ~EvaluationMode() { model_.train(training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  Classifier& model_;
  bool training_;
};

/// Mean over the images of dCE(x, target) / dx at the input elements `carriers` (int64 {C}): {C}. With `graph` it can
/// be derived once more, by the weights.
torch::Tensor input_gradient(Classifier& model, const torch::Tensor& images, std::int64_t target,
                             const torch::Tensor& carriers, bool graph);

/// The same from answers alone, by forward differences of -log of the reported score of `target`: for each image one
/// query of itself and one for each carrier, moved by `step`. At most 64 MiB of queries at a time. Rejects are the
/// suspect's own; kBadEncoding where what it answers is no scores.
Result<torch::Tensor> queried_gradient(const Suspect& suspect, const torch::Tensor& images, std::int64_t target,
                                       const torch::Tensor& carriers, double step);

}  // namespace freezenet::ownership
