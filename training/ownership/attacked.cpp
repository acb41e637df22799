#include "training/ownership/attack.h"

namespace freezenet::ownership {

Suspect Attacked::black_box() const {
  Suspect suspect{scores, nullptr, model->shape()};
  if (!suspect.scores) {
    suspect.scores = [held = model](const torch::Tensor& images) -> Result<torch::Tensor> {
      return scores_of(*held, images);
    };
  }
  return suspect;
}

Suspect Attacked::white_box() const {
  Suspect suspect = black_box();
  // The pointer is plain: what is called beside it keeps the model alive.
  suspect.scores = [held = model, answer = std::move(suspect.scores)](const torch::Tensor& images) {
    return answer(images);
  };
  suspect.model = model.get();
  return suspect;
}

Result<double> Attacked::accuracy(const Samples& samples) const {
  if (samples.size() == 0) return 0;
  const auto answers = black_box().scores(samples.images);
  if (!answers) return tl::unexpected(answers.error());
  const torch::Tensor labels = relabelled.defined() ? relabelled.index_select(0, samples.labels) : samples.labels;
  return (answers->argmax(1) == labels).to(torch::kFloat64).mean().item<double>();
}

}  // namespace freezenet::ownership
