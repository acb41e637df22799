#include "training/ownership/attacks/answers.h"

#include <cmath>

namespace freezenet::ownership {

torch::Tensor rounded_scores(const torch::Tensor& scores, int digits) {
  const double unit = std::pow(10.0, digits);
  const torch::Tensor counts = (scores.to(torch::kFloat64) * unit).round();
  const torch::Tensor empty = counts.sum(1, /*keepdim=*/true) == 0;
  return (torch::where(empty, label_scores(scores).to(torch::kFloat64), counts) / unit).to(scores.scalar_type());
}

torch::Tensor perturbed_scores(const torch::Tensor& scores, double sigma, at::Generator& generator) {
  const torch::Tensor highest = scores.argmax(1, /*keepdim=*/true);
  const torch::Tensor noisy = (scores + sigma * torch::randn(scores.sizes(), generator)).clamp_min(0);
  // Whichever is the highest now changes places with the one that was.
  const auto [value, place] = noisy.max(1, /*keepdim=*/true);
  torch::Tensor out = noisy.scatter(1, place, noisy.gather(1, highest)).scatter(1, highest, value);
  const torch::Tensor sums = out.sum(1, /*keepdim=*/true);
  return torch::where(sums > 0, out / sums.clamp_min(1e-12), label_scores(scores));
}

torch::Tensor label_scores(const torch::Tensor& scores) {
  return torch::zeros_like(scores).scatter_(1, scores.argmax(1, /*keepdim=*/true), 1);
}

}  // namespace freezenet::ownership
