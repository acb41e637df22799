#include "training/ownership/inversion.h"

#include <cmath>

#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

/// Mean difference between neighbours, of a range of one.
torch::Tensor total_variation(const torch::Tensor& images, double range) {
  const torch::Tensor down = images.diff(1, 2).abs().sum(), across = images.diff(1, 3).abs().sum();
  return (down + across) / (range * static_cast<double>(images.size(0)));
}

}  // namespace

Result<Inversion> invert(const Classifier& victim, std::int64_t label, const InversionOptions& options) {
  const Shape& shape = victim.shape();
  if (label < 0 || label >= shape.classes) {
    return reject(RejectCode::kConfig, "the network has no class " + std::to_string(label));
  }
  if (options.starts < 1 || options.starts > 1000 || !(options.low < options.high)) {
    return reject(RejectCode::kConfig, "an inversion has 1 to 1000 starts and a range that is not empty");
  }
  const auto model = victim.copy();
  model->eval();
  for (const torch::Tensor& parameter : model->parameters()) parameter.set_requires_grad(false);
  const double width = options.high - options.low;
  at::Generator generator = generator_of(options.seed);
  const torch::Tensor noise =
      torch::randn({options.starts, shape.channels, shape.height, shape.width}, generator) * (0.1 * width);
  const torch::Tensor images = (noise + (options.low + options.high) / 2).clamp_(options.low, options.high);
  images.set_requires_grad(true);
  const torch::Tensor labels = torch::full({options.starts}, label, torch::kInt64);
  torch::optim::Adam adam({images}, torch::optim::AdamOptions(options.rate * width));
  for (unsigned step = 0; step < options.steps; ++step) {
    adam.zero_grad();
    const torch::Tensor climb = torch::nn::functional::cross_entropy(model->forward(images), labels);
    (climb + options.smoothness * total_variation(images, width)).backward();
    adam.step();
    const torch::NoGradGuard guard;
    images.clamp_(options.low, options.high);
  }
  const torch::Tensor found = images.detach();
  return Inversion{found.mean(0), scores_of(*model, found).select(1, label).mean().item<double>()};
}

double correlation(const torch::Tensor& image, const torch::Tensor& mark, const torch::Tensor& where) {
  const torch::Tensor chosen = where.defined() ? where != 0 : torch::ones_like(image, torch::kBool);
  torch::Tensor a = image.masked_select(chosen).to(torch::kFloat64);
  torch::Tensor b = mark.masked_select(chosen).to(torch::kFloat64);
  if (a.numel() == 0) return 0;
  a = a - a.mean();
  b = b - b.mean();
  const double size = (a.norm() * b.norm()).item<double>();
  return size == 0 ? 0 : (a * b).sum().item<double>() / size;
}

}  // namespace freezenet::ownership
