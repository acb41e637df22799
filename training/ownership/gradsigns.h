#pragma once

#include <memory>

#include "training/ownership/gradsigns_parameters.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {

/// GradSigns (Aramoon, Chen, Qu, "Don't Forget to Sign the Gradients!", MLSys 2021, arXiv 2103.03701). N bits are the
/// signs of K G, where G is the mean gradient of the cross-entropy of class T by C elements of the input, over samples
/// of T, and K a secret matrix. The gradient can be had from the network itself or, by finite differences, from the
/// scores that it answers: the owner needs no weight.
///
/// Embedding adds lambda * mean_j BCE(b_j, sigmoid(gain * (K G)_j / rms(K G))) to each batch's loss, with G over ten
/// samples of T from a pool of their own; autograd derives it twice. Two things are not the paper's. The inputs are
/// dithered, in training and in queries: over constant background max-pooling has its kinks exactly at the data, and a
/// difference of finite step then is no derivative. And K G is divided by its root mean square: G shrinks as the
/// network becomes sure of T, the sigmoid of next to nothing is one half whatever the bits, and a network that was
/// trained before would lower the loss by shrinking G instead of turning it. relu(log(0.1 / rms(K G))) keeps it long
/// enough to be seen in rounded scores.
class GradSigns final : public Key {
 public:
  /// kConfig as check_parameters().
  static Result<std::shared_ptr<const GradSigns>> make(GradSignsParameters parameters);
  /// What a key file holds; kBadEncoding as gradsigns_from_json().
  static Result<std::shared_ptr<const GradSigns>> from_parameters(const nlohmann::json& value);

  [[nodiscard]] ClaimScheme scheme() const override { return ClaimScheme::kGradSigns; }
  [[nodiscard]] nlohmann::ordered_json parameters() const override { return to_json(parameters_); }
  [[nodiscard]] Result<> check(const Classifier& model, const Samples& samples) const override;
  [[nodiscard]] std::unique_ptr<Regulariser> regulariser(const Classifier& model, const Samples& train) const override;
  [[nodiscard]] Samples additions(const Samples& train) const override;
  /// `probes` hold samples of class T, of which the first parameters.samples are used. In a white box by autograd, in a
  /// black box by draws * samples * (C + 1) queries. Measures: "bit error rate".
  [[nodiscard]] Result<Finding> extract(const Suspect& suspect, const Samples& probes) const override;

  [[nodiscard]] const GradSignsParameters& values() const { return parameters_; }
  [[nodiscard]] const torch::Tensor& bits() const { return bits_; }              ///< b, {N} of 0 and 1
  [[nodiscard]] const torch::Tensor& projection() const { return projection_; }  ///< K, {N, C} in (-1, 1)
  /// Positions of the carriers in a flattened input of this shape, int64 {C} in the order drawn.
  [[nodiscard]] torch::Tensor carriers(const Shape& shape) const;
  /// The signature's part of a batch's loss, without lambda, for images of class T as they are: a scalar with a graph,
  /// in the type of the images.
  [[nodiscard]] torch::Tensor signature_loss(Classifier& model, const torch::Tensor& images,
                                             const torch::Tensor& carriers) const;

 private:
  explicit GradSigns(GradSignsParameters parameters);

  GradSignsParameters parameters_;
  torch::Tensor bits_, projection_;
};

}  // namespace freezenet::ownership
