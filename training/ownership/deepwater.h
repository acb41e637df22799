#pragma once

#include <memory>
#include <vector>

#include "training/ownership/scheme.h"

namespace freezenet::ownership {

/// What a row of the secret matrix is (Uchida et al., section 3.3): N(0, 1) everywhere, a single 1, or a 1 and a -1.
enum class Projection { kRandom, kDirect, kDiff };

/// Which of the forms of DeepWater below.
enum class DeepWaterForm { kLayers, kUchida, kSignedLayers };

struct DeepWaterParameters {
  Hash256 seed;
  unsigned bits = 64;
  Projection projection = Projection::kRandom;
  DeepWaterForm form = DeepWaterForm::kSignedLayers;
  unsigned layer = 1;      ///< kUchida: which convolution carries the bits, 0 being the first
  double strength = 0.01;  ///< of the bits' loss
  double penalty = 0.1;    ///< of both forms of layers, for leaving the reference; 0 leaves the distribution alone
  /// Of both forms of layers: the reference, for each convolution that carries bits: mean and standard deviation of its
  /// weights, and the standard deviation of its kernel averaged over the filters, under the key's signs. Empty: those
  /// of the model that embedding starts from, which is right for one that is trained already. with_reference() takes
  /// them from an unmarked model.
  std::vector<double> means, deviations, averaged_deviations;
};

/// Bits in the weights of convolutions, read off by a secret projection.
///
/// kUchida is Uchida, Nagai, Sakazawa, Satoh, "Embedding Watermarks into Deep Neural Networks" (ICMR 2017,
/// arXiv 1701.04082): w, a kernel averaged over its output filters and flattened (M = in * k * k), carries T <= M bits;
/// loss = cross-entropy + strength * BCE(bits, sigmoid(X w)); a bit is [X w >= 0].
///
/// kLayers is our reconstruction of DeepWater (TrustCom 2021), of which only the abstract is public: end to end, in the
/// distribution of the parameters, layer by layer. Every convolution with T <= M / 4 carries all bits, in
/// z = (w - mean) / deviation, so that no scale of the weights helps or hurts; a penalty keeps the distribution of the
/// weights, and of w, near that of an unmarked model, because a deviation that rises betrays the watermark (Wang and
/// Kerschbaum, ICASSP 2019). Bits are read by a vote of the layers.
///
/// kSignedLayers is that with a sign of the key's own for each filter, +1 or -1, before the average is taken. Without
/// them every key's bits are in the same M numbers, and who embeds a key of his own takes some of the owner's bits
/// away; the averages of two keys that differ in their signs correlate by about 1 / sqrt(filters).
///
/// White box alone. Works in training, fine-tuning and distillation. Lost by permuting neurons and by retraining from
/// queries.
class DeepWater final : public Key {
 public:
  /// kConfig names what is out of its range.
  static Result<std::shared_ptr<const DeepWater>> make(DeepWaterParameters parameters);
  /// kBadEncoding names the field.
  static Result<std::shared_ptr<const DeepWater>> from_parameters(const nlohmann::json& json);

  [[nodiscard]] ClaimScheme scheme() const override { return ClaimScheme::kDeepWater; }
  [[nodiscard]] nlohmann::ordered_json parameters() const override;
  [[nodiscard]] Result<> check(const Classifier& model, const Samples& samples) const override;
  [[nodiscard]] std::unique_ptr<Regulariser> regulariser(const Classifier& model, const Samples& train) const override;
  [[nodiscard]] Samples additions(const Samples&) const override { return {}; }
  [[nodiscard]] Result<Finding> extract(const Suspect& suspect, const Samples& probes) const override;

  /// The same key with `unmarked`'s distribution as its reference: what embedding from scratch wants. kConfig as
  /// check().
  [[nodiscard]] Result<std::shared_ptr<const DeepWater>> with_reference(const Classifier& unmarked) const;
  [[nodiscard]] const DeepWaterParameters& values() const { return parameters_; }

  /// The bits, {T} of 0 and 1.
  [[nodiscard]] torch::Tensor bits() const;
  /// X {T, size} of the convolution with that index and `size` weights a filter.
  [[nodiscard]] torch::Tensor projection(std::uint32_t layer, std::int64_t size) const;
  /// The signs {filters} of that convolution's filters; all +1 but for kSignedLayers.
  [[nodiscard]] torch::Tensor signs(std::uint32_t layer, std::int64_t filters) const;

 private:
  explicit DeepWater(DeepWaterParameters parameters) : parameters_(std::move(parameters)) {}
  /// Indices into model.kernels() of those that carry bits; kConfig says in numbers why there is none.
  [[nodiscard]] Result<std::vector<std::size_t>> carriers(const Classifier& model) const;

  DeepWaterParameters parameters_;
};

/// A kernel {out, in, k, k} averaged over its output filters, each times its sign of {out}, and flattened: {in * k *
/// k}, with a graph.
torch::Tensor averaged_kernel(const torch::Tensor& kernel, const torch::Tensor& signs);

}  // namespace freezenet::ownership
