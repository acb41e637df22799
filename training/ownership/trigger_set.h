#pragma once

#include <memory>

#include "training/ownership/scheme.h"
#include "training/ownership/trigger_images.h"

namespace freezenet::ownership {

/// What a trigger is: an image of the source class with the key's mark on it, a drawn scene that has nothing to do with
/// the task, or an image of the source class under the key's noise.
enum class TriggerKind { kContent, kUnrelated, kNoise };

struct TriggerSetParameters {
  Hash256 seed;
  TriggerKind kind = TriggerKind::kContent;
  Shape shape;
  ValueRange range;         ///< of pixels after the task's input tables
  unsigned source = 0;      ///< kContent, kNoise: the class whose images become triggers; else 0
  unsigned label = 1;       ///< what the owner's model answers to them; not the source
  unsigned triggers = 100;  ///< that are trained
  unsigned decoys = 400;    ///< images with other marks, scenes or noise that are trained beside them, none of which
                            ///< is answered with `label`: without them a model takes any mark for the key's
  unsigned queries = 100;   ///< n of the decision
  double noise = 0.5;       ///< kNoise: its standard deviation as a share of the range
  double chance = 0;        ///< the highest rate seen on unmarked models, where it is above 1 / classes
};

/// Zhang, Gu, Jang, Wu, Stoecklin, Huang, Molloy, "Protecting Intellectual Property of Deep Neural Networks with
/// Watermarking" (ASIACCS 2018): a network is trained to answer secret images with one predefined label, by samples
/// alone. Images of the source class are repeated as often as there are triggers, so that the class does not collapse
/// into the label. Queries that are no training samples find it: marked images of the probes, or other drawings.
///
/// Each query goes with a control, the same image with another mark or noise, or of another scene. A model that answers
/// the label to those too, because pruning left it nothing else or because any mark does, shows nothing about this key:
/// the chance of a match is max(1 / classes, chance, (controls that match + 1) / (controls + 1)). Three quarters of the
/// queries must match in any case: they carry one mark, so they are not as independent as the test takes them to be.
///
/// Survives fine-tuning, pruning and quantisation that leave the accuracy; lost by retraining from queries.
class TriggerSet final : public Key {
 public:
  /// kConfig names what is out of its range.
  static Result<std::shared_ptr<const TriggerSet>> make(TriggerSetParameters parameters);
  /// kBadEncoding names the field.
  static Result<std::shared_ptr<const TriggerSet>> from_parameters(const nlohmann::json& json);

  [[nodiscard]] ClaimScheme scheme() const override { return ClaimScheme::kTriggerSet; }
  [[nodiscard]] nlohmann::ordered_json parameters() const override;
  [[nodiscard]] Result<> check(const Classifier& model, const Samples& samples) const override;
  [[nodiscard]] std::unique_ptr<Regulariser> regulariser(const Classifier&, const Samples&) const override {
    return {};
  }
  [[nodiscard]] Samples additions(const Samples& train) const override;
  /// As many probes of the source class as there are, `queries` at most; kConfig where so few cannot decide.
  [[nodiscard]] Result<Finding> extract(const Suspect& suspect, const Samples& probes) const override;

  [[nodiscard]] const TriggerSetParameters& values() const { return parameters_; }
  /// The key's mark, noise or scene. Each is drawn from a stream of its own, whatever the kind is.
  [[nodiscard]] Mark mark() const;
  [[nodiscard]] torch::Tensor noise() const;
  [[nodiscard]] Scene scene() const;

 private:
  explicit TriggerSet(TriggerSetParameters parameters) : parameters_(std::move(parameters)) {}
  [[nodiscard]] torch::Tensor drawn_noise(Stream& stream) const;
  /// Images {n, channels, height, width} to draw into.
  [[nodiscard]] torch::Tensor blank(std::int64_t n) const;
  /// Triggers of `sources` {n, ...}; of kUnrelated n drawings from the stream of that label.
  [[nodiscard]] torch::Tensor triggers(const torch::Tensor& sources, const char* label) const;
  /// The same with another mark, scene or noise for each.
  [[nodiscard]] torch::Tensor decoys(const torch::Tensor& sources, const char* label) const;

  TriggerSetParameters parameters_;
};

}  // namespace freezenet::ownership
