#include "training/ownership/attacks/answers.h"
#include "training/ownership/attacks/groups.h"
#include "training/ownership/attacks/means.h"
#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

using Change = std::function<torch::Tensor(const torch::Tensor&)>;

/// Answers of a copy of the victim, its inputs and scores changed; null for no change.
Attacked answering(const Classifier& victim, Change input, Change output) {
  Attacked out;
  out.model = victim.copy();
  out.model->eval();
  out.scores = [model = out.model, input = std::move(input),
                output = std::move(output)](const torch::Tensor& images) -> Result<torch::Tensor> {
    const torch::NoGradGuard guard;
    const torch::Tensor scores = scores_of(*model, input ? input(images) : images);
    return output ? output(scores) : scores;
  };
  return out;
}

Attack input_noise(const std::string& text, double sigma) {
  return {"input-noise-" + text, "queries",
          "Adds Gaussian noise to every query, its deviation " + text + " of the pixels' range.",
          [sigma](const Classifier& victim, const AttackSetting& setting) -> Result<Attacked> {
            const double deviation = sigma * range_of(setting.data.images).width();
            return answering(
                victim,
                [deviation, generator = generator_of(seed_of(setting, "input noise"))](const torch::Tensor& images) {
                  return images + deviation * torch::randn(images.sizes(), generator);
                },
                nullptr);
          }};
}

Attack input_clipping() {
  return {"input-clipping", "queries", "Cuts every query to the range of honest pixels.",
          [](const Classifier& victim, const AttackSetting& setting) -> Result<Attacked> {
            return answering(
                victim,
                [range = range_of(setting.data.images)](const torch::Tensor& images) {
                  return images.clamp(range.low, range.high);
                },
                nullptr);
          }};
}

Attack rounding(int digits) {
  return {"score-rounding-" + std::to_string(digits), "queries",
          "Answers scores of " + std::to_string(digits) + (digits == 1 ? " digit" : " digits") + " after the point.",
          [digits](const Classifier& victim, const AttackSetting&) -> Result<Attacked> {
            return answering(victim, nullptr,
                             [digits](const torch::Tensor& scores) { return rounded_scores(scores, digits); });
          }};
}

Attack perturbation(const std::string& text, double sigma) {
  return {"score-perturbation-" + text, "queries",
          "Adds noise of deviation " + text + " to the scores; the highest class stays.",
          [sigma](const Classifier& victim, const AttackSetting& setting) -> Result<Attacked> {
            return answering(
                victim, nullptr,
                [sigma, generator = generator_of(seed_of(setting, "score noise"))](
                    const torch::Tensor& scores) mutable { return perturbed_scores(scores, sigma, generator); });
          }};
}

Attack labels_only() {
  return {"labels-only", "queries", "Answers the highest class alone.",
          [](const Classifier& victim, const AttackSetting&) -> Result<Attacked> {
            return answering(victim, nullptr, label_scores);
          }};
}

}  // namespace

std::vector<Attack> query_attacks() {
  return {input_noise("0.05", 0.05),
          input_noise("0.1", 0.1),
          input_noise("0.2", 0.2),
          input_clipping(),
          rounding(4),
          rounding(3),
          rounding(2),
          rounding(1),
          perturbation("0.01", 0.01),
          perturbation("0.05", 0.05),
          labels_only()};
}

}  // namespace freezenet::ownership
