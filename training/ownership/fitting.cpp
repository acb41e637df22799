#include "training/ownership/fitting.h"

#include <cmath>
#include <memory>

#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

std::unique_ptr<torch::optim::Optimizer> make_optimiser(const FitOptions& options, std::vector<torch::Tensor> trained) {
  if (options.optimiser == Optimiser::kAdam) {
    return std::make_unique<torch::optim::Adam>(
        std::move(trained), torch::optim::AdamOptions(options.rate).weight_decay(options.weight_decay));
  }
  return std::make_unique<torch::optim::SGD>(
      std::move(trained),
      torch::optim::SGDOptions(options.rate).momentum(options.momentum).weight_decay(options.weight_decay));
}

/// Cross-entropy with the labels, or with a teacher's scores (Hinton et al., arXiv 1503.02531).
torch::Tensor base_loss(Classifier& model, const torch::Tensor& images, const torch::Tensor& labels,
                        const FitParts& parts) {
  const torch::Tensor logits = model.forward(images);
  if (parts.teacher == nullptr) return torch::nn::functional::cross_entropy(logits, labels);
  torch::Tensor soft;
  {
    const torch::NoGradGuard guard;
    parts.teacher->eval();
    soft = torch::softmax(parts.teacher->forward(images) / parts.temperature, 1);
  }
  const double scale = parts.temperature * parts.temperature;  // keeps the gradients' size
  return -(soft * torch::log_softmax(logits / parts.temperature, 1)).sum(1).mean() * scale;
}

}  // namespace

Result<> fit(Classifier& model, const Samples& samples, const FitOptions& options, const FitParts& parts) {
  at::Generator generator = generator_of(options.seed);
  torch::manual_seed(options.seed);
  const auto trained = parts.trained.empty() ? model.parameters() : parts.trained;
  const auto optimiser = make_optimiser(options, trained);
  const std::int64_t batches = (samples.size() + options.batch - 1) / options.batch;
  for (unsigned epoch = 0; epoch < options.epochs; ++epoch) {
    model.train();
    const torch::Tensor order = torch::randperm(samples.size(), generator, torch::kInt64);
    for (std::int64_t i = 0; i < batches; ++i) {
      const Samples batch =
          samples.take(order.slice(0, i * options.batch, std::min((i + 1) * options.batch, samples.size())));
      if (batch.size() < 2 && batches > 1) continue;
      optimiser->zero_grad();
      torch::Tensor loss = base_loss(model, batch.images, batch.labels, parts);
      for (Regulariser* regulariser : parts.regularisers) {
        loss = loss + regulariser->loss(model, batch.images, batch.labels);
      }
      loss.backward();
      optimiser->step();
      if (parts.after_step) parts.after_step();
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        return reject(RejectCode::kVoidSegment, "training left the finite numbers; try a lower rate");
      if (parts.progress && !parts.progress({epoch, options.epochs, i + 1, batches, value})) {
        return reject(RejectCode::kCancelled);
      }
    }
    model.eval();
    if (parts.after_epoch) parts.after_epoch(epoch + 1);
  }
  return {};
}

double accuracy(Classifier& model, const Samples& samples) {
  if (samples.size() == 0) return 0;
  return (scores_of(model, samples.images).argmax(1) == samples.labels).to(torch::kFloat64).mean().item<double>();
}

}  // namespace freezenet::ownership
