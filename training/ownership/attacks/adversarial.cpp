#include "training/ownership/attacks/adversarial.h"

#include "training/ownership/attacks/groups.h"

namespace freezenet::ownership {

namespace {

constexpr double kEpsilon = 0.1;  // of the range of the pixels
constexpr unsigned kEpochs = 10;
constexpr double kRate = 1e-3;

/// Examples against the model of the moment, as heavy as the honest ones beside them.
class AdversarialLoss final : public Regulariser {
 public:
  explicit AdversarialLoss(const PixelRange& range) : range_(range) {}

  torch::Tensor loss(Classifier& model, const torch::Tensor& images, const torch::Tensor& labels) override {
    const torch::Tensor wrong = fast_gradient_sign(model, images, labels, kEpsilon * range_.width(), range_);
    return torch::nn::functional::cross_entropy(model.forward(wrong), labels);
  }

 private:
  PixelRange range_;
};

/// Accuracy on examples against this very model.
double hardened(Classifier& model, const Samples& samples, const PixelRange& range) {
  constexpr std::int64_t kBatch = 500;
  double right = 0;
  for (std::int64_t at = 0; at < samples.size(); at += kBatch) {
    Samples part = samples.slice(at, std::min(at + kBatch, samples.size()));
    part.images = fast_gradient_sign(model, part.images, part.labels, kEpsilon * range.width(), range);
    right += accuracy(model, part) * static_cast<double>(part.size());
  }
  return right / static_cast<double>(samples.size());
}

Result<Attacked> train_adversarially(const Classifier& victim, const AttackSetting& setting) {
  const PixelRange range = range_of(setting.data.images);
  AdversarialLoss loss(range);
  FitParts parts;
  parts.regularisers = {&loss};
  Attacked out;
  out.model = victim.copy();
  out.model->eval();
  const double before = hardened(*out.model, setting.data, range);
  if (auto fitted = fit_own(*out.model, setting, kEpochs, kRate, parts); !fitted) return tl::unexpected(fitted.error());
  out.measures = {{"accuracy on adversarial examples before", before},
                  {"accuracy on adversarial examples after", hardened(*out.model, setting.data, range)},
                  {"relative change of the weights", moved(victim, *out.model)}};
  return out;
}

}  // namespace

torch::Tensor fast_gradient_sign(Classifier& model, const torch::Tensor& images, const torch::Tensor& labels,
                                 double epsilon, const PixelRange& range) {
  const torch::Tensor at = images.detach().clone().set_requires_grad(true);
  const torch::Tensor loss = torch::nn::functional::cross_entropy(model.forward(at), labels);
  const torch::Tensor gradient = torch::autograd::grad({loss}, {at}).front();
  const torch::NoGradGuard guard;
  return (images + epsilon * gradient.sign()).clamp(range.low, range.high);
}

std::vector<Attack> adversarial_attacks() {
  return {{"adversarial-training", "fine-tuning",
           "Fine-tunes all layers on adversarial examples (FGSM, a tenth of the pixels' range) beside the honest ones.",
           train_adversarially}};
}

}  // namespace freezenet::ownership
