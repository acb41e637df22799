#include "training/ownership/gradsigns.h"

#include <algorithm>
#include <cmath>

#include "consensus/crypto/hash_drbg.h"
#include "training/ownership/input_gradient.h"
#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

constexpr double kLeastLength = 0.1;  // of K G, root mean square: what scores of four decimals still show
constexpr double kTiny = 1e-20;       // of a network without any gradient
constexpr std::int64_t kBatch = 10;   // samples of T beside each batch, as in the paper

/// Seed of the noise for one purpose.
std::uint64_t noise_seed(const GradSignsParameters& parameters, std::uint32_t purpose) {
  Stream stream(parameters.seed, "gradsigns-noise", purpose);
  const std::uint64_t high = stream.next_u32();
  return high << 32 | stream.next_u32();
}

torch::Tensor dithered(const torch::Tensor& images, double sigma, const at::Generator& generator) {
  if (sigma == 0) return images;
  return images + sigma * torch::randn(images.sizes(), generator, images.options());
}

class Signature final : public Regulariser {
 public:
  Signature(const GradSigns& key, const Shape& shape, torch::Tensor pool)
      : key_(key),
        carriers_(key.carriers(shape)),
        pool_(std::move(pool)),
        generator_(generator_of(noise_seed(key.values(), 0))) {}

  torch::Tensor loss(Classifier& model, const torch::Tensor& /*images*/, const torch::Tensor& /*labels*/) override {
    const torch::Tensor chosen = torch::randint(pool_.size(0), {kBatch}, generator_, torch::kInt64);
    const torch::Tensor images = dithered(pool_.index_select(0, chosen), key_.values().dither, generator_);
    return key_.values().strength * key_.signature_loss(model, images, carriers_);
  }

 private:
  const GradSigns& key_;
  torch::Tensor carriers_, pool_;
  at::Generator generator_;
};

/// The first `count` of these samples of one class that the suspect takes for it; the first ones where it recognises
/// none. A sample that it gets wrong has a gradient a thousand times as long as the others', and would be the mean
/// alone.
Result<torch::Tensor> recognised(const Suspect& suspect, const Samples& target, std::int64_t count) {
  const auto scores = suspect.scores(target.images);
  if (!scores) return tl::unexpected<Reject>(scores.error());
  if (scores->dim() != 2 || scores->size(0) != target.size()) {
    return reject(RejectCode::kBadEncoding, "the suspect's answer is not one score for each image and class");
  }
  const torch::Tensor right = torch::nonzero(scores->argmax(1) == target.labels).flatten();
  const torch::Tensor images = right.size(0) == 0 ? target.images : target.images.index_select(0, right);
  return images.slice(0, 0, std::min(count, images.size(0)));
}

std::string rule_of(std::uint64_t bits) {
  const std::uint64_t needed = matches_needed(bits, 0.5, kLog10Limit);
  if (needed > bits) return "p < 1e-6, which " + std::to_string(bits) + " bits cannot reach even if all are right";
  return "p < 1e-6: at least " + std::to_string(needed) + " of " + std::to_string(bits) + " bits right";
}

}  // namespace

GradSigns::GradSigns(GradSignsParameters parameters) : parameters_(parameters) {
  Stream bits(parameters_.seed, "gradsigns-bits", 0), projection(parameters_.seed, "gradsigns-projection", 0);
  bits_ = bit_tensor(bits, parameters_.bits);
  projection_ = uniform_tensor(projection, {parameters_.bits, parameters_.carriers});
}

Result<std::shared_ptr<const GradSigns>> GradSigns::make(GradSignsParameters parameters) {
  if (auto checked = check_parameters(parameters); !checked) return tl::unexpected<Reject>(checked.error());
  return std::shared_ptr<const GradSigns>(new GradSigns(parameters));
}

Result<std::shared_ptr<const GradSigns>> GradSigns::from_parameters(const nlohmann::json& value) {
  const auto parameters = gradsigns_from_json(value);
  if (!parameters) return tl::unexpected<Reject>(parameters.error());
  return make(*parameters);
}

Result<> GradSigns::check(const Classifier& model, const Samples& samples) const {
  if (auto fits = check_shape(parameters_, model.shape()); !fits) return fits;
  std::int64_t weights = 0;
  for (const torch::Tensor& tensor : model.parameters()) weights += tensor.numel();
  if (weights < parameters_.bits) {
    return reject(RejectCode::kConfig, "the key has " + std::to_string(parameters_.bits) + " bits, the network " +
                                           std::to_string(weights) + " weights");
  }
  if (samples.of_class(parameters_.target_class).size() == 0) {
    return reject(RejectCode::kConfig, "no sample is of the key's class " + std::to_string(parameters_.target_class));
  }
  return {};
}

std::unique_ptr<Regulariser> GradSigns::regulariser(const Classifier& model, const Samples& train) const {
  return std::make_unique<Signature>(*this, model.shape(), train.of_class(parameters_.target_class).images);
}

Samples GradSigns::additions(const Samples& /*train*/) const { return {}; }

torch::Tensor GradSigns::carriers(const Shape& shape) const {
  Stream stream(parameters_.seed, "gradsigns-carriers", 0);
  return chosen_tensor(stream, shape.channels * shape.height * shape.width, parameters_.carriers);
}

torch::Tensor GradSigns::signature_loss(Classifier& model, const torch::Tensor& images,
                                        const torch::Tensor& carriers) const {
  const EvaluationMode mode(model);
  const torch::Tensor gradient = input_gradient(model, images, parameters_.target_class, carriers, true);
  const torch::Tensor projected = torch::mv(projection_.to(images.dtype()), gradient);
  const torch::Tensor length = projected.square().mean().sqrt() + kTiny;
  const torch::Tensor direction =
      torch::binary_cross_entropy_with_logits(parameters_.gain * projected / length, bits_.to(images.dtype()));
  return direction + torch::relu(std::log(kLeastLength) - torch::log(length));
}

Result<Finding> GradSigns::extract(const Suspect& suspect, const Samples& probes) const {
  if (auto fits = check_shape(parameters_, suspect.shape); !fits) return tl::unexpected<Reject>(fits.error());
  const Samples target = probes.of_class(parameters_.target_class);
  if (target.size() == 0) {
    return reject(RejectCode::kConfig, "no probe is of the key's class " + std::to_string(parameters_.target_class));
  }
  const auto sure = recognised(suspect, target, parameters_.samples);
  if (!sure) return tl::unexpected<Reject>(sure.error());
  const torch::Tensor& chosen = *sure;
  const torch::Tensor positions = carriers(suspect.shape);
  const at::Generator generator = generator_of(noise_seed(parameters_, 1));
  torch::Tensor sum = torch::zeros({parameters_.carriers}, torch::kFloat64);
  for (std::uint32_t draw = 0; draw < parameters_.draws; ++draw) {
    const torch::Tensor images = dithered(chosen, parameters_.dither, generator);
    if (suspect.model != nullptr) {
      const EvaluationMode mode(*suspect.model);
      sum += input_gradient(*suspect.model, images, parameters_.target_class, positions, false);
      continue;
    }
    const auto gradient = queried_gradient(suspect, images, parameters_.target_class, positions, parameters_.step);
    if (!gradient) return tl::unexpected<Reject>(gradient.error());
    sum += *gradient;
  }
  const torch::Tensor read = torch::mv(projection_.to(torch::kFloat64), sum) >= 0;
  Finding finding;
  finding.evidence.trials = parameters_.bits;
  finding.evidence.matches = static_cast<std::uint64_t>((read == (bits_ > 0.5)).sum().item<std::int64_t>());
  finding.found = finding.evidence.log10_p() < kLog10Limit;
  finding.rule = rule_of(parameters_.bits);
  finding.black_box = suspect.model == nullptr;
  finding.measures.emplace_back("bit error rate", 1 - finding.evidence.rate());
  return finding;
}

}  // namespace freezenet::ownership
