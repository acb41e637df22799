#include "training/ownership/input_gradient.h"

#include <algorithm>

namespace freezenet::ownership {

namespace {

constexpr std::int64_t kQueryElements = std::int64_t{1} << 24;  // of one query, 64 MiB
constexpr std::int64_t kQueryImages = 500;
/// A score that was rounded to zero has no logarithm.
constexpr double kLeastScore = 1e-7;

/// -log of the target's score of each image, in binary64: the differences are of its last digits.
Result<torch::Tensor> queried_loss(const Suspect& suspect, const torch::Tensor& images, std::int64_t target) {
  auto scores = suspect.scores(images);
  if (!scores) return tl::unexpected<Reject>(scores.error());
  if (scores->dim() != 2 || scores->size(0) != images.size(0) || scores->size(1) != suspect.shape.classes ||
      !torch::isfinite(*scores).all().item<bool>()) {
    return reject(RejectCode::kBadEncoding, "the suspect's answer is not one finite score for each image and class");
  }
  return -torch::log(scores->select(1, target).to(torch::kFloat64).clamp_min(kLeastScore));
}

}  // namespace

torch::Tensor input_gradient(Classifier& model, const torch::Tensor& images, std::int64_t target,
                             const torch::Tensor& carriers, bool graph) {
  const torch::AutoGradMode with_gradients(true);
  const torch::Tensor x = images.detach().requires_grad_(true);
  const torch::Tensor labels = torch::full({x.size(0)}, target, torch::kInt64);
  const torch::Tensor loss = torch::nn::functional::cross_entropy(model.forward(x), labels);
  // The mean is in the loss already: each image's row is its derivative over n, and their sum is the mean.
  const torch::Tensor gradient = torch::autograd::grad({loss}, {x}, {}, graph, graph)[0];
  return gradient.flatten(1).sum(0).index_select(0, carriers);
}

Result<torch::Tensor> queried_gradient(const Suspect& suspect, const torch::Tensor& images, std::int64_t target,
                                       const torch::Tensor& carriers, double step) {
  const torch::NoGradGuard guard;
  const std::int64_t elements = suspect.shape.channels * suspect.shape.height * suspect.shape.width;
  const std::int64_t at_once = std::clamp<std::int64_t>(kQueryElements / elements, 1, kQueryImages);
  const std::int64_t count = carriers.size(0);
  torch::Tensor sum = torch::zeros({count}, torch::kFloat64);
  for (std::int64_t image = 0; image < images.size(0); ++image) {
    const torch::Tensor still = images.slice(0, image, image + 1);
    const auto own = queried_loss(suspect, still, target);
    if (!own) return own;
    for (std::int64_t begin = 0; begin < count; begin += at_once) {
      const std::int64_t n = std::min(at_once, count - begin);
      const torch::Tensor queries = still.flatten(1).repeat({n, 1});
      const torch::Tensor moved = carriers.slice(0, begin, begin + n).unsqueeze(1);
      queries.scatter_add_(1, moved, torch::full({n, 1}, step, queries.options()));
      const auto loss =
          queried_loss(suspect, queries.reshape({n, still.size(1), still.size(2), still.size(3)}), target);
      if (!loss) return loss;
      sum.slice(0, begin, begin + n).add_(*loss - *own);
    }
  }
  return sum / (step * static_cast<double>(images.size(0)));
}

}  // namespace freezenet::ownership
