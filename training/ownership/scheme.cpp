#include "training/ownership/scheme.h"

namespace freezenet::ownership {

Suspect black_box(Classifier& model) {
  return {[&model](const torch::Tensor& images) -> Result<torch::Tensor> { return scores_of(model, images); }, nullptr,
          model.shape()};
}

Suspect white_box(Classifier& model) {
  Suspect suspect = black_box(model);
  suspect.model = &model;
  return suspect;
}

Result<> embed(const Key& key, Classifier& model, const Samples& train, const FitOptions& options, FitParts parts) {
  if (auto fits = key.check(model, train); !fits) return fits;
  const auto regulariser = key.regulariser(model, train);
  if (regulariser) parts.regularisers.push_back(regulariser.get());
  return fit(model, joined(train, key.additions(train)), options, parts);
}

}  // namespace freezenet::ownership
