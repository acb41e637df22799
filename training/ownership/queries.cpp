#include "training/ownership/queries.h"

namespace freezenet::ownership {

Result<torch::Tensor> answered_classes(const Suspect& suspect, const torch::Tensor& images) {
  if (!suspect.scores) return reject(RejectCode::kConfig, "the suspect answers no queries");
  auto scores = suspect.scores(images);
  if (!scores) return tl::unexpected(scores.error());
  if (!scores->defined() || scores->dim() != 2 || scores->size(0) != images.size(0) ||
      scores->size(1) != suspect.shape.classes || !scores->is_floating_point()) {
    return reject(RejectCode::kBadEncoding, "the suspect did not answer " + std::to_string(images.size(0)) +
                                                " queries with " + std::to_string(suspect.shape.classes) +
                                                " scores each");
  }
  if (!torch::isfinite(*scores).all().item<bool>())
    return reject(RejectCode::kBadEncoding, "the suspect answered with scores that are no finite numbers");
  return scores->argmax(1);
}

Samples repeated(const Samples& from, std::int64_t count) {
  return from.take(torch::arange(count, torch::kInt64).remainder(from.size()));
}

}  // namespace freezenet::ownership
